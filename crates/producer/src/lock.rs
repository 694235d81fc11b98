//! A lock that ThreadSanitizer knows of.
//!
//! A program that is built with it has every thread's `malloc` and `free` watched, this library's too, but
//! not the locks between them, which are not made in C: it would take a list that grows under a lock for a
//! race. So the lock tells it, if it is there.

use std::ffi::{CStr, c_void};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Not for events: they take no lock.
pub(crate) struct Lock<T>(Mutex<T>);

/// Holds a [`Lock`].
pub(crate) struct Locked<'a, T> {
    value: MutexGuard<'a, T>,
    lock: &'a Lock<T>,
}

impl<T> Lock<T> {
    /// Looks for the sanitizer: where a lock is made the loader may be asked, and where one is taken
    /// perhaps not.
    pub(crate) fn new(value: T) -> Self {
        ACQUIRED.look();
        RELEASED.look();
        Self(Mutex::new(value))
    }

    /// Waits for whoever holds it. A panic of the holder is no reason to stop: nothing is left half done.
    pub(crate) fn lock(&self) -> Locked<'_, T> {
        self.locked(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// None if somebody holds it: waits for nobody, so also for a signal handler.
    pub(crate) fn try_lock(&self) -> Option<Locked<'_, T>> {
        match self.0.try_lock() {
            Ok(value) => Some(self.locked(value)),
            Err(TryLockError::Poisoned(poisoned)) => Some(self.locked(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn locked<'a>(&'a self, value: MutexGuard<'a, T>) -> Locked<'a, T> {
        ACQUIRED.tell(self);
        Locked { value, lock: self }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for Locked<'_, T> {
    fn drop(&mut self) {
        // The mutex itself is given up after this.
        RELEASED.tell(self.lock);
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

static ACQUIRED: Told = Told::by(c"__tsan_acquire");
static RELEASED: Told = Told::by(c"__tsan_release");

/// A function of the sanitizer, which takes the address of what was locked.
struct Told {
    name: &'static CStr,
    /// Null if there is none.
    function: AtomicPtr<c_void>,
}

impl Told {
    const fn by(name: &'static CStr) -> Self {
        Self {
            name,
            function: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    fn look(&self) {
        // SAFETY: a C string, and a pseudo-handle of everything that is loaded.
        let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, self.name.as_ptr()) };
        self.function.store(found, Ordering::Relaxed);
    }

    fn tell<T>(&self, lock: &Lock<T>) {
        let function = self.function.load(Ordering::Relaxed);
        if function.is_null() {
            return;
        }
        // SAFETY: the sanitizers of gcc and clang export it with this type.
        let function: extern "C" fn(*const c_void) = unsafe { std::mem::transmute(function) };
        function(std::ptr::from_ref(lock).cast());
    }
}
