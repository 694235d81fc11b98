//! What each command means.

use crate::books::{Books, Held};
use crate::children::{Birth, ChildProcess, replace_image};
use crate::workload::{self, Running, Worker};
use anyhow::{Context, Result, bail, ensure};
use ttmem_layout::{BufferType, ChipSet, PoolKind};
use ttmem_producer::{Allocation, Banks, CbStep, DeviceReport, Options, Outcome, Pool};

/// The program's state between commands.
#[derive(Default)]
pub(crate) struct Script {
    pools: Vec<(Pool, ChipSet)>,
    books: Books,
    workers_made: u64,
    running: Option<Running>,
    child: Option<ChildProcess>,
    linger: bool,
}

impl Script {
    /// Does what `line` says; the answer without its `ok`.
    pub(crate) fn obey(&mut self, line: &str) -> Result<String> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = rest.split_whitespace().collect();
        match command {
            "attach" => self.attach(),
            "detach" => {
                ttmem_producer::detach();
                Ok(String::new())
            }
            "attached" => Ok(ttmem_producer::attached().to_string()),
            "pid" => Ok(std::process::id().to_string()),
            "thread" => Ok(nix::unistd::gettid().to_string()),
            "device" => device(&words).map(name),
            "pool" => self.pool(&words),
            "retire" => self.end_pool(&words, ttmem_producer::retire_pool),
            "clear" => self.end_pool(&words, ttmem_producer::clear_pool),
            "alloc" => self.alloc(&words).map(name),
            "free" => self.free(&words).map(name),
            "fail" => self.fail(&words).map(name),
            "mark" => Ok(name(ttmem_producer::mark(rest))),
            "gauge" => gauge(&words),
            "reset-peak" => reset_peak(&words),
            "steps" => steps(&words),
            "hold" => self.hold(&words),
            "loop" => self.repeat(&words),
            "run" => self.run(&words),
            "pause" => self.pause(),
            "ledger" => Ok(self.books.to_json().to_string()),
            "fork" => self.make_child(Birth::Fork),
            "fork-raw" => self.make_child(Birth::RawClone),
            "spawn" => self.make_child(Birth::Exec),
            "child" => self.child.as_mut().context("no child")?.ask(rest),
            "child-kill" => self.child.take().context("no child")?.kill(),
            "child-wait" => self.child.take().context("no child")?.wait(),
            "exec" => replace_image(&["--replaced"]).map(|()| String::new()),
            "linger" => {
                self.linger = true;
                Ok(String::new())
            }
            "exit" => std::process::exit(i32::try_from(number(&words, 0)?)?),
            "abort" => std::process::abort(),
            "kill" => {
                nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL)?;
                bail!("alive after SIGKILL")
            }
            other => bail!("no such command: {other}"),
        }
    }

    fn attach(&mut self) -> Result<String> {
        if !ttmem_producer::switched_on() {
            return Ok("Off".to_owned());
        }
        let fresh = !ttmem_producer::attached();
        if let Err(error) = ttmem_producer::attach(&Options::from_environment()) {
            // What every library on top of the producer does: one line, and on it goes.
            eprintln!("ttmem: not tracking this process: {error}");
            bail!("{error}");
        }
        if fresh {
            // A forked child has inherited its parent's, which mean nothing in its own segment.
            self.pools.clear();
            self.books = Books::default();
        }
        Ok(String::new())
    }

    fn pool(&mut self, words: &[&str]) -> Result<String> {
        let kinds = [
            PoolKind::Chip,
            PoolKind::Mesh,
            PoolKind::Submesh,
            PoolKind::Programs,
        ];
        let wanted = word(words, 0)?;
        let kind = kinds.into_iter().find(|kind| kind.name() == wanted);
        let chips = chips(word(words, 1)?)?;
        let parent = match words.get(2) {
            Some(_) => Some(self.known_pool(words, 2)?.1),
            None => None,
        };
        let index = u32::try_from(self.pools.len())?;
        let kind = kind.with_context(|| format!("no such kind of pool: {wanted}"))?;
        let pool = ttmem_producer::register_pool(kind, chips, index, parent);
        self.pools
            .push((pool.context("the pool was refused")?, chips));
        Ok(index.to_string())
    }

    fn end_pool(&mut self, words: &[&str], end: fn(Pool) -> Outcome) -> Result<String> {
        let (index, pool, _) = self.known_pool(words, 0)?;
        let _ = end(pool);
        self.books.clear(index);
        Ok(String::new())
    }

    fn alloc(&mut self, words: &[&str]) -> Result<Outcome> {
        let (index, pool, chips) = self.known_pool(words, 0)?;
        let buffer_type = buffer_type(words, 1)?;
        let allocation = Allocation {
            pool,
            buffer_type,
            address: number(words, 2)?,
            requested: number(words, 3)?,
            per_bank: number(words, 4)?,
            banks: u16::try_from(number(words, 5)?)?,
            id: words.get(6).map_or(Ok(0), |_| number(words, 6))?,
        };
        let outcome = workload::alloc(&allocation);
        if matches!(
            outcome,
            Outcome::Done | Outcome::Referenced | Outcome::Replaced
        ) {
            let occupied = allocation.per_bank * u64::from(allocation.banks);
            let held = Held {
                requested: allocation.requested,
                occupied,
            };
            self.books
                .alloc(index, chips, buffer_type, allocation.address, held);
        }
        Ok(outcome)
    }

    fn free(&mut self, words: &[&str]) -> Result<Outcome> {
        let (index, pool, _) = self.known_pool(words, 0)?;
        let (buffer_type, address) = (buffer_type(words, 1)?, number(words, 2)?);
        self.books.free(index, buffer_type, address);
        Ok(workload::free(pool, buffer_type, address))
    }

    fn fail(&self, words: &[&str]) -> Result<Outcome> {
        let (_, pool, _) = self.known_pool(words, 0)?;
        let (buffer_type, requested) = (buffer_type(words, 1)?, number(words, 2)?);
        let message = words.get(3..).unwrap_or_default().join(" ");
        Ok(ttmem_producer::alloc_failed(
            pool,
            buffer_type,
            requested,
            &message,
        ))
    }

    fn hold(&self, words: &[&str]) -> Result<String> {
        let (_, pool, _) = self.known_pool(words, 0)?;
        for at in 0..number(words, 1)? {
            let outcome = workload::alloc(&Allocation {
                pool,
                buffer_type: BufferType::L1,
                address: at * 32,
                requested: at,
                per_bank: at + 1,
                banks: 1,
                id: 0,
            });
            ensure!(outcome == Outcome::Done, "buffer {at} is {outcome:?}");
        }
        Ok(String::new())
    }

    fn worker(&mut self, words: &[&str]) -> Result<Worker> {
        let (index, pool, chips) = self.known_pool(words, 0)?;
        self.workers_made += 1;
        Ok(Worker::new(pool, index, chips, self.workers_made))
    }

    fn repeat(&mut self, words: &[&str]) -> Result<String> {
        let mut worker = self.worker(words)?;
        let events = number(words, 1)?;
        for _ in 0..events {
            worker.step(&mut self.books);
        }
        no_surprises(worker.surprises)?;
        Ok(events.to_string())
    }

    fn run(&mut self, words: &[&str]) -> Result<String> {
        ensure!(self.running.is_none(), "threads are running already");
        let workers: Result<Vec<_>> = (0..number(words, 1)?).map(|_| self.worker(words)).collect();
        self.running = Some(Running::start(workers?));
        Ok(String::new())
    }

    fn pause(&mut self) -> Result<String> {
        let running = self.running.take().context("no threads are running")?;
        let mut total = 0;
        for shift in running.stop().context("a thread panicked")? {
            total += shift.events;
            self.books.add(shift.books);
            no_surprises(shift.surprises)?;
        }
        Ok(total.to_string())
    }

    fn make_child(&mut self, birth: Birth) -> Result<String> {
        ensure!(self.running.is_none(), "threads are running");
        match ChildProcess::make(birth)? {
            Some(child) => {
                let pid = child.pid();
                self.child = Some(child);
                Ok(pid.to_string())
            }
            // The child goes on here, with nothing to say before it is asked.
            None => {
                self.child = None;
                self.serve_as_child()
            }
        }
    }

    /// The rest of a child's life: its own commands come from the pipe its parent holds.
    fn serve_as_child(&mut self) -> Result<String> {
        // The parent's stdin is still locked in this image; the descriptor is what was replaced.
        let commands = std::fs::File::from(nix::unistd::dup(std::io::stdin())?);
        crate::serve(self, std::io::BufReader::new(commands));
        if self.linger {
            // Long enough for any test, and not for ever if one breaks off.
            std::thread::sleep(std::time::Duration::from_secs(120));
        }
        std::process::exit(0)
    }

    fn known_pool(&self, words: &[&str], at: usize) -> Result<(usize, Pool, ChipSet)> {
        let index = usize::try_from(number(words, at)?)?;
        let (pool, chips) = self.pools.get(index).context("no such pool")?;
        Ok((index, *pool, *chips))
    }
}

/// `device 0`, or `device 0 banks` with where its banks are.
fn device(words: &[&str]) -> Result<Outcome> {
    let chip = u32::try_from(number(words, 0)?)?;
    let banks = |base, size, count| match words.get(1) {
        Some(_) => Banks {
            base,
            size,
            count,
            alignment: 32,
        },
        None => Banks::default(),
    };
    Ok(ttmem_producer::report_device(&DeviceReport {
        chip,
        dram_banks: banks(0x20, 0x3fff_0000, 12),
        l1_banks: banks(0x1_9000, 0x14_0000, 64),
        l1_small_banks: banks(0x15_9000, 0x8000, 64),
        trace_banks: banks(0x3fff_0020, 0xffe0, 12),
        unique_id: 0x1000 + u64::from(chip),
        arch: "wormhole_b0",
        pci: "",
        l1_cores: 72,
        dram_capacity: 12 << 30,
        l1_capacity: 72 * 1_499_136,
        l1_core_capacity: 1_499_136,
        ..DeviceReport::default()
    }))
}

fn gauge(words: &[&str]) -> Result<String> {
    let (union, peak, programs) = (number(words, 1)?, number(words, 2)?, number(words, 3)?);
    ttmem_producer::set_cb_gauge(chips(word(words, 0)?)?, union, peak, programs);
    Ok(String::new())
}

fn reset_peak(words: &[&str]) -> Result<String> {
    let chip = u32::try_from(number(words, 0)?)?;
    let line = buffer_type(words, 1)? as usize;
    let peak = ttmem_producer::reset_peak(ttmem_producer::Peaks::PROCESS, chip, line);
    Ok(peak.context("no such chip")?.to_string())
}

/// `steps CHIPS END,CORES,X,Y …`
fn steps(words: &[&str]) -> Result<String> {
    let step = |word: &&str| {
        let figures: Vec<&str> = word.split(',').collect();
        anyhow::Ok(CbStep {
            end: u32::try_from(number(&figures, 0)?)?,
            cores: u16::try_from(number(&figures, 1)?)?,
            x: u8::try_from(number(&figures, 2)?)?,
            y: u8::try_from(number(&figures, 3)?)?,
        })
    };
    let steps: Result<Vec<_>> = words.iter().skip(1).map(step).collect();
    ttmem_producer::set_cb_steps(chips(word(words, 0)?)?, &steps?);
    Ok(String::new())
}

fn no_surprises(count: u64) -> Result<()> {
    ensure!(
        count == 0,
        "{count} events were answered with another outcome than they should be"
    );
    Ok(())
}

fn name(outcome: Outcome) -> String {
    format!("{outcome:?}")
}

fn word<'a>(words: &[&'a str], at: usize) -> Result<&'a str> {
    words
        .get(at)
        .copied()
        .with_context(|| format!("argument {} is missing", at + 1))
}

fn number(words: &[&str], at: usize) -> Result<u64> {
    let text = word(words, at)?;
    let parsed = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.with_context(|| format!("not a number: {text}"))
}

fn buffer_type(words: &[&str], at: usize) -> Result<BufferType> {
    let text = word(words, at)?;
    let found = BufferType::ALL
        .into_iter()
        .find(|t| t.name().eq_ignore_ascii_case(text));
    found.with_context(|| format!("no such buffer type: {text}"))
}

/// `0,2-3` as a set.
fn chips(list: &str) -> Result<ChipSet> {
    let mut set = ChipSet::EMPTY;
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        for chip in first.parse::<u32>()?..=last.parse()? {
            set = set.or(ChipSet::of(chip).with_context(|| format!("no such chip: {chip}"))?);
        }
    }
    Ok(set)
}
