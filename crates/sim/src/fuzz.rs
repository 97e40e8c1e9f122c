//! What a fuzzer runs. In the library, so that the same is run without one, on a compiler that has none.

use arbitrary::{Arbitrary, Result, Unstructured};
use fanfold_core::group::Judgement;
use fanfold_core::{Effect, Fault, Handle};
use fanfold_mailbox::layout::buffers::{self, command as buffer};
use fanfold_mailbox::layout::guards::{FIRST, command as guard};
use fanfold_mailbox::layout::{COMMAND_WORDS, COMMANDS_AT, EFFECT_WORDS, EFFECTS_AT, command, header};
use fanfold_mailbox::{Mailbox, WORDS};

use crate::plan::{Plan, Step};
use crate::rng::Rng;
use crate::shrink::shrink;
use crate::soak::attempt;
use crate::words;

/// A plan that a fuzzer wants; longer ones find nothing that shorter ones do not.
const MOST_STEPS: usize = 300;
/// Where to look for a handle that nobody uses.
const FRESH: u32 = 40_000;
/// Numbers of operations, and one more than there are, with those from 200 on, and those about
/// buffers, behind the others.
const NUMBERS: u32 = command::HOLD_KEY + 2;
const GUARDS: u32 = guard::SET_ADAPTIVE - FIRST + 2;
const BUFFERS: u32 = buffer::ABANDON_BUFFER - buffers::FIRST + 2;
/// Turns of one input.
const MOST_TURNS: u32 = 8;

/// Bytes for a body where no fuzzer finds them: of all lengths, and repetitive, as a fuzzer's are.
pub fn random_input(rng: &mut Rng) -> Vec<u8> {
    let length = 1 << rng.below(13);
    let mut input: Vec<u8> = Vec::with_capacity(length);
    for _ in 0..length {
        let earlier = input.len().checked_sub(8).and_then(|at| input.get(at)).copied();
        let byte = if rng.once_in(6) { 0 } else { rng.byte() };
        input.push(earlier.filter(|_| rng.once_in(3)).unwrap_or(byte));
    }
    input
}

/// Plays the plan that these bytes spell, and stops at the first thing that is wrong.
///
/// # Panics
/// When the engine and the model disagree.
pub fn plan(data: &[u8]) {
    let plan = spell(data).unwrap_or_default();
    let outcome = attempt(&plan);
    let shortened = || shrink(&plan, |shorter| attempt(shorter).is_err());
    assert!(outcome.is_ok(), "{outcome:?}\n\nshortened to {:#?}", shortened());
}

/// The plan that bytes spell. The first one says whether the host keeps to the rules.
fn spell(data: &[u8]) -> Result<Plan> {
    let mut bytes = Unstructured::new(data);
    let lawful = bytes.arbitrary::<bool>()?;
    let mut plan = Plan::new();
    // Not as a vector, which would toss a coin after each step and make most plans short.
    while !bytes.is_empty() && plan.len() < MOST_STEPS {
        let step = bytes.arbitrary::<Step>()?;
        if !lawful || !matches!(step, Step::Raw(_)) {
            plan.push(step);
        }
    }
    Ok(plan)
}

#[derive(Debug)]
struct Ring {
    now: f64,
    may_start: u32,
    /// How many words of commands the header claims, if not those that are there.
    claimed: Option<u32>,
    /// Whether to make the words look like commands, which finds its way further in.
    shaped: bool,
    words: Vec<u32>,
}

impl<'a> Arbitrary<'a> for Ring {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let kind = bytes.arbitrary::<u8>()?;
        let now = if kind & 1 == 0 { f64::from(bytes.arbitrary::<u16>()?) } else { bytes.arbitrary()? };
        let claimed = if kind & 6 == 6 { Some(bytes.arbitrary()?) } else { None };
        let mut words = Vec::new();
        for _ in 0..u32::from(bytes.arbitrary::<u8>()?) * 4 {
            if bytes.is_empty() {
                break;
            }
            words.push(bytes.arbitrary()?);
        }
        Ok(Self { now, may_start: u32::from((kind >> 3) & 1), claimed, shaped: kind & 0x30 != 0, words })
    }
}

/// Takes these bytes for words in the block and for moments to ring the doorbell.
///
/// # Panics
/// When the mailbox writes what it may not, or does not work any more for a host that keeps to the rules.
pub fn mailbox_bytes(data: &[u8]) {
    let mut mailbox = Mailbox::new();
    let mut block = vec![0; WORDS];
    let mut bytes = Unstructured::new(data);
    let mut commands = 0;
    for _ in 0..MOST_TURNS {
        if bytes.is_empty() {
            break;
        }
        let Ok(ring) = bytes.arbitrary::<Ring>() else { break };
        let length = ring.words.len().min(COMMAND_WORDS);
        for (word, &wanted) in block[COMMANDS_AT..].iter_mut().zip(&ring.words[..length]) {
            *word = if ring.shaped { small(wanted) } else { wanted };
        }
        let claimed = ring.claimed.unwrap_or_else(|| u32::try_from(length).unwrap_or(u32::MAX));
        commands += (claimed as usize).min(COMMAND_WORDS);
        turn(&mut mailbox, &mut block, ring.now, ring.may_start, claimed);
        while block[header::MORE] > 0 {
            turn(&mut mailbox, &mut block, ring.now, 0, 0);
        }
        assert!(mailbox.engine().tasks() as usize <= commands, "more tasks than words");
    }
    still_works(&mut mailbox, &mut block);
}

/// Takes a turn; its effects, which must be readable.
fn turn(mailbox: &mut Mailbox, block: &mut [u32], now: f64, may_start: u32, claimed: u32) -> Vec<Effect> {
    let [low, high] = words::halves(now.to_bits());
    block[header::NOW] = low;
    block[header::NOW + 1] = high;
    block[header::STARTS] = may_start;
    block[header::COMMANDS] = claimed;
    mailbox.turn(block);
    assert_eq!(block[header::COMMANDS], 0, "the commands are taken");
    let length = block[header::EFFECTS] as usize;
    assert!(length <= EFFECT_WORDS, "{length} words of effects");
    assert_eq!(block.len(), WORDS);
    words::effects(&block[EFFECTS_AT..EFFECTS_AT + length])
}

/// Words that are commands about few limiters and tasks, though not always whole or sensible ones.
fn small(word: u32) -> u32 {
    match word % 4 {
        // The number of an operation, and a limiter or a flag.
        0 => number((word >> 2) % (NUMBERS + GUARDS + BUFFERS)) | (((word >> 16) % 4) << 8),
        // An index, at times another generation.
        1 | 2 => ((word >> 4) % 12) | (((word >> 20) % 2) << Handle::INDEX_BITS),
        _ => word,
    }
}

/// The nth number of an operation.
fn number(nth: u32) -> u32 {
    let Some(nth) = nth.checked_sub(NUMBERS) else { return nth };
    nth.checked_sub(GUARDS).map_or(FIRST + nth, |nth| buffers::FIRST + nth)
}

/// A host with an id and a handle that nobody used before finds everything in order.
fn still_works(mailbox: &mut Mailbox, block: &mut [u32]) {
    let limiter = (0..=u32::MAX).find(|&id| mailbox.engine().snapshot(id).is_none()).unwrap_or_default();
    let open = [command::OPEN, limiter, 1, u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX];
    let told = say(mailbox, block, &open);
    assert!(told.iter().all(|effect| !matches!(effect, Effect::Fault { .. })), "opening gave {told:?}");
    // Nobody knows which handles the wild words took: try from some way up, where few of them are.
    let task = (0..=FRESH).rev().find(|&index| {
        let told = say(mailbox, block, &[command::SUBMIT | (limiter << 8), index]);
        !told.contains(&Effect::Fault { fault: Fault::HandleTaken, subject: index })
    });
    let task = task.map(Handle::from_bits).expect("a free handle");
    let ready = block[header::READY];
    let started = (0..ready).any(|_| {
        let told = turn(mailbox, block, f64::INFINITY, 1, 0);
        assert_eq!(block[header::MORE], 0);
        told.contains(&Effect::Start { task, limiter })
    });
    assert!(started, "a task alone in its limiter starts");
    say(mailbox, block, &[command::COMPLETE | (1 << 8), task.bits()]);
    let told = say(mailbox, block, &[command::FREE, limiter]);
    assert_eq!(told.last(), Some(&Effect::LimiterFreed { limiter }));
    // A group of nobody has what it needs.
    let told = say(mailbox, block, &[command::GATHER, task.bits(), 0, command::SEAL, task.bits(), 0, 0]);
    let judgement = Judgement { fulfilled: true, by: None };
    assert_eq!(told, [Effect::GroupDecided { group: task, judgement }]);
}

/// Says so much and hears all of the answer, at the end of time.
fn say(mailbox: &mut Mailbox, block: &mut [u32], commands: &[u32]) -> Vec<Effect> {
    block[COMMANDS_AT..COMMANDS_AT + commands.len()].copy_from_slice(commands);
    let claimed = u32::try_from(commands.len()).unwrap_or_default();
    let mut told = turn(mailbox, block, f64::INFINITY, 0, claimed);
    while block[header::MORE] > 0 {
        told.extend(turn(mailbox, block, f64::INFINITY, 0, 0));
    }
    told
}
