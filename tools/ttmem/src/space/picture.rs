//! What lies where on the chips of a host: a picture for each region, chips in lock step once.

use super::{Answer, Block, Blocks, Circular, Fit, Need, Range, Region, Room};
use crate::view::chip::{Here, is_ambiguous, is_meant};
use crate::view::{Held, Host, Process};
use ttmem_layout::{BufferType, ChipSet};
use ttmem_reader::{CB_STEPS, CbStep, DeviceInfo, State};

/// The types that an allocator hands out of banks, in the order in which they are shown.
pub(crate) const BANKED: [BufferType; 4] = [
    BufferType::Dram,
    BufferType::Trace,
    BufferType::L1,
    BufferType::L1Small,
];

/// One region of some chips that are alike.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// The chips.
    pub(crate) chips: ChipSet,
    /// Which chip of this number, where the number stands for several.
    pub(crate) unique_id: Option<u64>,
    /// The memory.
    pub(crate) buffer_type: BufferType,
    /// The process that held it and is gone; without one it is what running processes hold.
    pub(crate) left_by: Option<(u32, State)>,
    /// Where it is, if a producer said so.
    pub(crate) region: Option<Region>,
    /// How much of a bank is free.
    pub(crate) room: Room,
    /// Blocks, gaps and circular buffers in order of address.
    pub(crate) pieces: Vec<Piece>,
    /// Those of them that are listed, if not all are.
    pub(crate) asked: Option<Vec<Piece>>,
    /// In L1: the circular buffers.
    pub(crate) circular: Option<Circular>,
    /// The answer to what was asked for.
    pub(crate) fit: Option<Fit>,
}

/// A stretch of a bank.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Its chips.
    pub(crate) chips: ChipSet,
    /// The memory it is part of.
    pub(crate) buffer_type: BufferType,
    /// Its addresses.
    pub(crate) range: Range,
    /// What lies there; nothing in a gap.
    pub(crate) held: Option<Held>,
}

impl Picture {
    /// The pieces that are listed.
    pub(crate) fn listed(&self) -> &[Piece] {
        self.asked.as_ref().unwrap_or(&self.pieces)
    }

    /// The blocks of the region, in order of address.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Piece> {
        let own = |piece: &&Piece| {
            let held = piece.held.as_ref();
            held.is_some_and(|held| held.buffer.buffer_type == self.buffer_type)
        };
        self.pieces.iter().filter(own)
    }

    /// The blocks that would have to go for what was asked for.
    pub(crate) fn going(&self) -> impl Iterator<Item = &Piece> {
        let blocks = match self.fit.as_ref().map(|fit| &fit.answer) {
            Some(Answer::Evict { blocks, .. }) => &blocks[..],
            _ => &[],
        };
        // Both rise.
        let mut going = blocks.iter().copied().peekable();
        self.blocks()
            .enumerate()
            .filter_map(move |(at, piece)| (going.next_if_eq(&at)).map(|_| piece))
    }

    /// Answers what `need` asks.
    pub(crate) fn fit(&mut self, need: Need) {
        let blocks: Vec<_> = self.blocks().map(|piece| piece.range).collect();
        let clear = self.circular.as_ref().map_or(0, |one| one.range.end);
        self.fit = Some(Fit::of(need, self.region.as_ref(), &blocks, clear));
    }
}

/// The pictures of a host, as far as these types are concerned. What running processes hold comes first;
/// what dead ones held follows for each that was asked for (`dead`), or whose chips nobody uses any more.
pub(crate) fn pictures(host: &Host, types: &[BufferType], dead: bool) -> Vec<Picture> {
    let mut pictures = Vec::new();
    let running = |process: &&Process| process.state == State::Running;
    let live: Vec<_> = host.processes.iter().filter(running).collect();
    let held: Vec<_> = host
        .buffers
        .iter()
        .filter(|held| held.state == State::Running)
        .collect();
    let infos: Vec<_> = host
        .devices
        .iter()
        .filter(|device| device.producers > 0)
        .map(|device| &device.info)
        .collect();
    let used = chips_of(&infos);
    // A number that stands for several chips is drawn once for each.
    let (ambiguous, plain): (Vec<_>, Vec<_>) = infos
        .into_iter()
        .partition(|info| is_ambiguous(host, (info.chip, info.unique_id)));
    let scene = Scene {
        left_by: None,
        unique_id: None,
        processes: live.clone(),
        infos: plain,
        held: held.clone(),
    };
    scene.draw(types, &mut pictures);
    for info in ambiguous {
        let meant = (info.chip, info.unique_id);
        let here = Here::on(host, meant);
        let means = |process: &&&Process| is_meant(host, process, meant);
        let scene = Scene {
            left_by: None,
            unique_id: Some(info.unique_id),
            processes: live.iter().filter(means).copied().collect(),
            infos: vec![info],
            held: held
                .iter()
                .filter(|held| here.lies(held))
                .copied()
                .collect(),
        };
        scene.draw(types, &mut pictures);
    }
    for process in host.processes.iter().filter(|one| !running(one)) {
        let infos: Vec<_> = process
            .holdings
            .iter()
            .map(|holding| &holding.info)
            .filter(|info| dead || !used.contains(info.chip))
            .collect();
        let chips = chips_of(&infos);
        let held = host
            .buffers
            .iter()
            .filter(|held| *held.segment == *process.segment)
            .filter(|held| !held.chips.and(chips).is_empty());
        let scene = Scene {
            left_by: Some((process.identity.pid, process.state)),
            unique_id: None,
            processes: vec![process],
            infos,
            held: held.collect(),
        };
        scene.draw(types, &mut pictures);
    }
    pictures
}

fn chips_of(infos: &[&DeviceInfo]) -> ChipSet {
    infos
        .iter()
        .filter_map(|info| ChipSet::of(info.chip))
        .fold(ChipSet::EMPTY, ChipSet::or)
}

/// What pictures are drawn from.
struct Scene<'a> {
    left_by: Option<(u32, State)>,
    unique_id: Option<u64>,
    processes: Vec<&'a Process>,
    infos: Vec<&'a DeviceInfo>,
    held: Vec<&'a Held>,
}

impl Scene<'_> {
    fn draw(&self, types: &[BufferType], pictures: &mut Vec<Picture>) {
        let circular = self.blocks_of(BufferType::Cb);
        for buffer_type in types.iter().copied() {
            let blocks = self.blocks_of(buffer_type);
            let beside = if buffer_type == BufferType::L1 {
                &circular
            } else {
                &Blocks::default()
            };
            for (chips, region, steps) in self.alike(buffer_type, &blocks, beside) {
                let chip = chips.0.trailing_zeros();
                let lies_there =
                    blocks.on(chip).next().is_some() || beside.on(chip).next().is_some();
                if region.is_some() || lies_there {
                    pictures.push(self.picture(
                        buffer_type,
                        chips,
                        region,
                        &steps,
                        &blocks,
                        beside,
                    ));
                }
            }
        }
    }

    fn blocks_of(&self, buffer_type: BufferType) -> Blocks {
        let own = self
            .held
            .iter()
            .enumerate()
            .filter(|(_, held)| held.buffer.buffer_type == buffer_type);
        Blocks::new(own.map(|(owner, held)| Block {
            range: Range::at(held.buffer.address, held.buffer.per_bank),
            chips: held.chips,
            owner,
        }))
    }

    /// The chips, in groups of those that look the same.
    fn alike(
        &self,
        buffer_type: BufferType,
        blocks: &Blocks,
        beside: &Blocks,
    ) -> Vec<(ChipSet, Option<Region>, [CbStep; CB_STEPS])> {
        let mut groups: Vec<(ChipSet, Option<Region>, [CbStep; CB_STEPS])> = Vec::new();
        let chips = chips_of(&self.infos);
        let same_blocks = blocks.alike(chips);
        let same_beside = beside.alike(chips);
        for info in &self.infos {
            let Some(chip) = ChipSet::of(info.chip) else {
                continue;
            };
            let region = Region::of(info, buffer_type);
            let steps = self.steps(info.chip);
            let near = |groups: &[ChipSet]| groups.iter().copied().find(|one| one.covers(chip));
            let candidates = near(&same_blocks)
                .unwrap_or(chip)
                .and(near(&same_beside).unwrap_or(chip));
            let group = groups.iter_mut().find(|(chips, known, told)| {
                candidates.covers(*chips) && *known == region && *told == steps
            });
            match group {
                Some((chips, ..)) => *chips = chips.or(chip),
                None => groups.push((chip, region, steps)),
            }
        }
        groups
    }

    /// How far circular buffers reach on a chip, as told by the process whose reach furthest.
    fn steps(&self, chip: u32) -> [CbStep; CB_STEPS] {
        let told = self
            .processes
            .iter()
            .flat_map(|process| &process.holdings)
            .filter(|holding| holding.info.chip == chip)
            .map(|holding| holding.cb_steps);
        let furthest = |steps: &[CbStep; CB_STEPS]| steps.iter().map(|step| step.end).max();
        told.max_by_key(furthest).unwrap_or_default()
    }

    fn picture(
        &self,
        buffer_type: BufferType,
        chips: ChipSet,
        region: Option<Region>,
        steps: &[CbStep],
        blocks: &Blocks,
        beside: &Blocks,
    ) -> Picture {
        let chip = chips.0.trailing_zeros();
        let own = || blocks.on(chip).map(|block| block.range);
        let range = region.as_ref().map(|region| region.range);
        let room = Room::of(range, own());
        let piece = |range, owner: Option<usize>| Piece {
            chips,
            buffer_type,
            range,
            held: owner.map(|at| Held {
                chips,
                ..self.held[at].clone()
            }),
        };
        let gaps = super::Gaps::new(room.within, own()).map(|gap| piece(gap, None));
        let lying = blocks.on(chip).chain(beside.on(chip));
        let mut pieces: Vec<_> = lying
            .map(|block| piece(block.range, Some(block.owner)))
            .chain(gaps)
            .collect();
        pieces.sort_by_key(|piece| (piece.range.start, piece.held.is_none(), piece.range.end));
        let hull = beside.on(chip).map(|block| block.range).reduce(Range::hull);
        let cores = beside
            .on(chip)
            .map(|block| u64::from(self.held[block.owner].buffer.banks))
            .max();
        let limit = room.lowest.or(range.map(|range| range.end));
        Picture {
            chips,
            unique_id: self.unique_id,
            buffer_type,
            left_by: self.left_by,
            region,
            room,
            pieces,
            asked: None,
            circular: hull.map(|hull| Circular::new(hull, cores.unwrap_or_default(), steps, limit)),
            fit: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Select;
    use crate::source::Depth;
    use crate::view::sample;

    #[test]
    fn a_number_that_stands_for_two_chips_is_drawn_for_each() {
        let seen = [
            sample::seen(1, State::Running, &[(0, 7, 100), (1, 8, 5)]),
            sample::seen(2, State::Running, &[(0, 9, 30)]),
        ];
        let seen = seen.iter().map(sample::Sample::seen).collect();
        let select = Select::default();
        let host = Host::new("tt01".into(), sample::NOW, 0, seen, Depth::Buffers, &select);
        let told: Vec<_> = pictures(&host, &[BufferType::Dram], false)
            .iter()
            .map(|one| (one.chips.0, one.unique_id, one.room.used))
            .collect();
        assert_eq!(told, [(2, None, 5), (1, Some(7), 100), (1, Some(9), 30)]);
    }
}
