//! The spread of waits between a tenant that floods, one that asks for one thing at a time, and one of a thousand shards.

use fanfold_sim::fairness::{Keys, Tenant, fairness};

/// A task's run, in milliseconds: a slot is free each of these, or ten of them at once.
const RUN: u64 = 10;

#[test]
fn without_keys_everybody_waits_for_the_flood() {
    let waits = fairness(Keys::None);
    assert!(waits[&Tenant::Single].percentile(100) >= 9_900);
    assert!(waits[&Tenant::Sharded].percentile(1) >= 9_900);
    assert_eq!(waits[&Tenant::Flood].early, 2_000);
}

#[test]
fn a_key_for_each_tenant_keeps_the_waits_of_the_small_ones_short() {
    let waits = fairness(Keys::EachTenant);
    assert!(waits[&Tenant::Single].percentile(100) <= 2 * RUN, "it is always the next or the one after");
    // Those two share what the single one leaves, as long as both have something left.
    let (flood, sharded) = (waits[&Tenant::Flood].early, waits[&Tenant::Sharded].early);
    assert!(flood.abs_diff(sharded) <= 20, "{flood} of the flood, {sharded} of the shards");
}

#[test]
fn a_tenant_of_a_thousand_keys_has_a_thousand_shares() {
    let waits = fairness(Keys::EachShard);
    let (flood, sharded) = (waits[&Tenant::Flood].early, waits[&Tenant::Sharded].early);
    assert!(sharded >= 1_950 && flood <= 20, "{flood} of the flood, {sharded} of the shards");
    // A round is a task of each key: a thousand and two, at a thousand a second.
    assert!(waits[&Tenant::Single].percentile(100) <= 1_002 + 2 * RUN);
    // Among the shards the spread is that of a round: each has its nth task in the nth round.
    assert!(waits[&Tenant::Sharded].percentile(20) <= 1_002 + 2 * RUN);
    assert!(waits[&Tenant::Sharded].percentile(100) <= 5 * 1_002 + 2 * RUN);
}

#[test]
fn weights_give_the_others_their_share_back() {
    let waits = fairness(Keys::Weighed);
    let (flood, sharded) = (waits[&Tenant::Flood].early, waits[&Tenant::Sharded].early);
    // A hundred for each thousand of the shards.
    assert!((150..=250).contains(&flood), "{flood} of the flood, {sharded} of the shards");
    assert!(waits[&Tenant::Single].percentile(100) <= 1_102 + 2 * RUN);
}
