"""The native part: numbers and text in and out. Arguments have been checked by the modules beside it."""

__version__: str

class Pool:
    """A registered allocator, in the segment it was registered in."""

class Peaks:
    """An observer of peaks, in the segment it was opened for."""

# Reporting. The first call of a process attaches it where the environment switches tracking on.
def switched_on() -> bool: ...
def attached() -> bool: ...
def attach(always: bool, dir: str | None, keep: bool) -> bool: ...
def detach() -> None: ...
def segment() -> str:
    """Path of this process's segment; empty if it is not tracked."""

def mark(name: str) -> bool: ...
def register_pool(kind: int, chips: int, runtime_id: int, parent: Pool | None) -> Pool | None: ...
def retire_pool(pool: Pool) -> int: ...
def clear_pool(pool: Pool) -> int: ...
def alloc(
    pool: Pool, type: int, address: int, requested: int, per_bank: int, banks: int, id: int
) -> int: ...
def free(pool: Pool, type: int, address: int) -> int: ...
def alloc_failed(pool: Pool, type: int, requested: int, message: str) -> int: ...
def report_device(
    chip: int,
    unique_id: int,
    arch: str,
    pci: str,
    l1_cores: int,
    sizes: list[int],
    banks: list[tuple[int, int, int, int]],
) -> int:
    """`sizes` are those of DRAM, L1, and the L1 of one core, then what can be handed out of DRAM, L1, L1_SMALL and
    TRACE; `banks` are those of the last four: lowest address, bytes of one, how many, alignment."""

# Peaks.
def open_peaks() -> Peaks | None: ...
def close_peaks(window: Peaks) -> None: ...
def peak(window: Peaks | None, device: int, type: int, reset: bool) -> int:
    """Without a window, the process's own."""

def peaks(window: Peaks, reset: bool) -> list[tuple[int, int, int]]:
    """Device, type and bytes of every peak that is not 0."""

# Reading. Other threads go on meanwhile.
def directory() -> str:
    """Where segments are unless somebody says otherwise."""

def snapshot(place: int, path: str, pids: list[int], where: str | None) -> str: ...
def events(
    place: int,
    path: str,
    pids: list[int],
    where: str | None,
    since_ns: int | None,
    since_mark: str | None,
) -> str: ...
def failures(segment: str, since_ns: int) -> list[str]:
    """Lines about the allocations that failed since then; none if none did."""

def parse_size(text: str) -> int: ...
