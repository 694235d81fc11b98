//! A lock that ThreadSanitizer knows of.
//!
//! A program that is built with it has every thread's `malloc` and `free` watched, this library's too, but
//! not the locks between them, which are not made in C: it would take a list that grows under a lock for a
//! race. So the lock tells it, if it is there.

use std::ffi::{CStr, c_void};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Not for events: they take no lock.
#[derive(Default)]
pub(crate) struct Lock<T>(Mutex<T>);

/// Holds a [`Lock`].
pub(crate) struct Locked<'a, T> {
    value: MutexGuard<'a, T>,
    lock: &'a Lock<T>,
}

impl<T> Lock<T> {
    /// Waits for whoever holds it. A panic of the holder is no reason to stop: nothing is left half done.
    pub(crate) fn lock(&self) -> Locked<'_, T> {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ACQUIRED.tell(self);
        Locked { value, lock: self }
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
    /// Null until it has been looked for, and the address of this if there is none.
    function: AtomicPtr<c_void>,
}

impl Told {
    const fn by(name: &'static CStr) -> Self {
        Self {
            name,
            function: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    fn tell<T>(&'static self, lock: &Lock<T>) {
        let none = std::ptr::from_ref(self).cast_mut().cast::<c_void>();
        let mut function = self.function.load(Ordering::Relaxed);
        if function.is_null() {
            // SAFETY: a C string, and a pseudo-handle of everything that is loaded.
            let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, self.name.as_ptr()) };
            function = if found.is_null() { none } else { found };
            self.function.store(function, Ordering::Relaxed);
        }
        if function == none {
            return;
        }
        // SAFETY: the sanitizers of gcc and clang export it with this type.
        let function: extern "C" fn(*const c_void) = unsafe { std::mem::transmute(function) };
        function(std::ptr::from_ref(lock).cast());
    }
}
