//! Commands of hosts that say themselves when each task starts.

use fanfold_core::{Admission, Command, Handle};

use crate::layout::by_hand::command;
use crate::words::{get, get_wide};

/// The command in the words of one operation.
pub(super) fn decode(code: u32, aux: u32, words: &[u32]) -> Option<Command> {
    let subject = get(words, 1);
    Some(match code {
        command::SUBMIT_RANKED => {
            let parent = super::some(get(words, 2)).map(Handle::from_bits);
            let priority = i64::from_ne_bytes(get_wide(words, 3).to_ne_bytes());
            let admission = Admission { parent, priority, ..Admission::PLAIN };
            Command::Submit { limiter: aux, task: Handle::from_bits(subject), admission }
        }
        command::NEXT => Command::Next { limiter: subject },
        _ => return None,
    })
}
