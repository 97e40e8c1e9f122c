//! How long each operation is. Looked up here and not among the operations, so that their names are no part of an engine.

use super::{COMMANDS, EFFECTS, Operation, buffers, by_hand, guards};

/// Words by number, 0 where there is no such operation.
type Lengths = [u8; 256];

static COMMAND_LENGTHS: Lengths = lengths(&[&COMMANDS, &buffers::COMMANDS, &by_hand::COMMANDS, &guards::COMMANDS]);
static EFFECT_LENGTHS: Lengths = lengths(&[&EFFECTS, &buffers::EFFECTS, &guards::EFFECTS]);

/// How many words the command with this number has; none if there is no such command.
pub(crate) fn length_of_command(code: u32) -> Option<usize> {
    find(&COMMAND_LENGTHS, code)
}

/// How many words the effect with this number has; none if there is no such effect.
pub(crate) fn length_of_effect(code: u32) -> Option<usize> {
    find(&EFFECT_LENGTHS, code)
}

fn find(lengths: &Lengths, code: u32) -> Option<usize> {
    let length = *lengths.get(code as usize)?;
    (length > 0).then_some(length.into())
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "worked out when this is compiled")]
const fn lengths(families: &[&[Operation]]) -> Lengths {
    let mut lengths = [0; 256];
    let mut family = 0;
    while family < families.len() {
        let mut at = 0;
        while at < families[family].len() {
            let Operation { code, words, .. } = families[family][at];
            assert!(words <= u8::MAX as usize, "a length is a byte");
            lengths[code as usize] = words as u8;
            at += 1;
        }
        family += 1;
    }
    lengths
}
