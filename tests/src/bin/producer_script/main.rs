//! A producer that does as it is told: one command a line on stdin, one line of answer each.
//!
//! | command | does | answer |
//! |---|---|---|
//! | `attach`, `detach`, `attached` | as the library names them | `ok`, `ok Off`, `ok true` |
//! | `pid`, `thread` | | `ok <number>` |
//! | `device CHIP [banks]` | reports an N150-like chip, also where its banks are | `ok <outcome>` |
//! | `pool KIND CHIPS [PARENT]` | CHIPS as `0,2-3`; numbers pools from 0 | `ok <pool>` |
//! | `retire POOL`, `clear POOL` | | `ok` |
//! | `alloc POOL TYPE ADDRESS REQUESTED PER_BANK BANKS [ID]` | cb_alloc for CB, kernel_load for KERNEL | `ok <outcome>` |
//! | `free POOL TYPE ADDRESS` | cb_free for CB, kernel_unload for KERNEL | `ok <outcome>` |
//! | `fail POOL TYPE REQUESTED MESSAGE` | alloc_failed | `ok <outcome>` |
//! | `mark NAME` | | `ok <outcome>` |
//! | `gauge CHIPS UNION CORE_PEAK PROGRAMS` | | `ok` |
//! | `reset-peak CHIP TYPE` | the process's own observer's begins anew | `ok <peak so far>` |
//! | `steps CHIPS [END,CORES,X,Y]…` | set_cb_steps | `ok` |
//! | `hold POOL COUNT` | so many buffers of L1 of as many sizes; not in the ledger | `ok` |
//! | `loop POOL EVENTS` | so many events on the main thread | `ok <events>` |
//! | `run POOL THREADS` | threads report at full speed until `pause` | `ok` |
//! | `pause` | ends them; what they hold stays allocated | `ok <events>` |
//! | `ledger` | what is allocated, by this program's own books | `ok <json>` |
//! | `fork`, `fork-raw` | a child that waits for commands; `-raw` by the bare system call | `ok <pid>` |
//! | `spawn` | fork and exec of this program, told likewise | `ok <pid>` |
//! | `child COMMAND` | has the child do it | the child's answer |
//! | `child-kill`, `child-wait` | SIGKILL; end of input: both wait for its end | `ok <status>` |
//! | `linger` | a child: stay two minutes after the end of input | `ok` |
//! | `exec` | replaces itself by a new image of this program, pid unchanged | `ok` by the new one |
//! | `exit CODE`, `abort`, `kill` | ends in that way | none |
//!
//! Numbers may be decimal or `0x…`. What cannot be done is answered with `err <reason>`.

mod books;
mod children;
mod commands;
mod workload;

use std::io::{BufRead, Write};

fn main() {
    if std::env::args().any(|argument| argument == "--replaced") {
        answer("ok");
    }
    serve(&mut commands::Script::default(), std::io::stdin().lock());
}

/// Does what the lines say, to the end of the input.
fn serve(script: &mut commands::Script, lines: impl BufRead) {
    for line in lines.lines() {
        let Ok(line) = line else { break };
        match script.obey(&line) {
            Ok(text) => answer(format!("ok {text}").trim_end()),
            Err(error) => answer(&format!("err {error:#}").replace('\n', " ")),
        }
    }
}

fn answer(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever asked may have gone; there is nobody left to tell.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
