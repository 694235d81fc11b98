//! Two readers that share no code say the same of every segment, figure by figure: live, killed at
//! any moment, and stored long ago. And both refuse, in a sentence, what is no segment of theirs.

mod agree;
mod bytes;
mod foreign;
mod golden;
mod kill_steps;
mod killed;
mod live;
mod product;
mod scripts;
mod shared;
