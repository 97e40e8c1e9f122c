//! Fair keys: whose turn it is, of several contenders with a queue each.
//!
//! Deficit round robin (Shreedhar and Varghese, "Efficient Fair Queuing Using Deficit Round Robin", 1996), in the form
//! that may overdraw, since what is served is known to cost something only when it is served:
//!
//! - A contender whose turn it is has credit, its weight in units of cost. It is served until that is used up, then it
//!   is the turn of the next one. Who overdraws has that much less in the rounds after, and sits out
//!   those in which nothing is left.
//! - **Shares**: as long as two contenders both wait, what they were served, divided by their weights, differs by no more
//!   than one serving of each and a round.
//! - **Work-conserving**: if anybody is there, it is somebody's turn. Rounds in which all sit out are passed at once.
//! - **Nobody starves**: a newcomer is in the next round, behind all of this one; so rounds come to an end however
//!   many newcomers there are, and with them the sitting out.
//! - **At rest nothing is kept.** A contender that leaves is forgotten. Who is only held up may take what it has overdrawn
//!   along and bring it back.
//!
//! Every operation is constant time; sitting out is logarithmic in how many do.

mod standing;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use standing::Standing;
pub(crate) use state::{Overdraft, Ring};
