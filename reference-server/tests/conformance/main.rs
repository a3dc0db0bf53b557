//! What a store promises, held against SQLite and PostgreSQL alike, each with two handles on one
//! database: two processes of SQLite, two replicas of PostgreSQL.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]
#![allow(clippy::expect_used, clippy::print_stderr)]

mod answers;
#[allow(dead_code)]
#[path = "../e2e/bench.rs"]
mod bench;
mod broker;
mod debts;
mod fallback;
mod intents;
mod operators;
#[allow(dead_code)]
#[path = "../e2e/place.rs"]
mod place;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../tests/src/postgres.rs"]
mod postgres_server;
mod restored;
#[allow(dead_code)]
#[path = "../e2e/rogue.rs"]
mod rogue;
mod stores;

/// Runs every case on both databases.
macro_rules! conforms {
    ($($room:ident: $($case:ident),+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$room::$case(crate::stores::Place::sqlite()).await;
                }
            )+)+
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(place) = crate::stores::Place::postgres() else { return };
                    crate::$room::$case(place).await;
                }
            )+)+
        }
    };
}

conforms! {
    intents:
        one_key_gets_one_id_at_every_handle,
        many_keys_get_as_many_ids_and_no_number_is_lost,
        what_is_undone_is_not_counted,
        another_intent_under_the_key_is_refused,
        a_slot_ends,
        a_closed_family_gives_no_id_and_others_go_on,
        a_restore_closes_every_prefix_of_the_books,
        no_tenant_uses_up_a_slot;
    operators:
        a_key_is_known_by_its_hash_until_revoked,
        a_nonce_burns_once,
        the_nonce_secret_is_made_once,
        a_cycle_goes_to_one_key;
    debts:
        a_debt_is_settled_once_and_repeated_for_ever,
        two_receipts_of_one_id_raise_one_alarm,
        a_grant_s_maximum_holds_under_a_crowd,
        generate_and_reconcile_meet_in_one_id,
        a_log_is_remembered_and_settled_debts_leave_it;
    answers:
        an_answer_settles_what_was_logged_for_it_once,
        a_log_settles_what_was_answered_before,
        answers_and_logs_that_cross_leave_no_debt,
        a_reconciliation_settles_another_fallback_id_of_its_intent;
    fallback:
        one_key_gets_one_fallback_id_at_every_handle,
        the_log_passes_over_nothing,
        a_grant_and_its_cycles_end,
        a_refused_entry_is_not_uploaded_and_comes_again,
        a_fallback_that_is_an_older_copy_issues_nothing,
        no_tenant_uses_up_a_fallback;
    restored:
        a_replica_of_before_a_restore_allocates_nothing,
        restores_that_are_said_at_once_each_begin_an_epoch,
        a_database_that_is_behind_allocates_nothing_until_it_is_said,
        after_a_restore_only_what_is_shown_is_given,
        two_keys_that_show_one_pair_are_both_suspended,
        acknowledgements_never_go_back_but_by_a_restore,
        a_key_gets_one_more_cycle_when_its_own_are_nearly_used_up;
    broker:
        a_broker_s_nonce_burns_once,
        an_anchor_is_registered_once_with_one_set_of_keys,
        snapshots_follow_one_another_and_miss_no_revocation,
        the_graveyard_only_grows,
        what_was_published_is_learned_again,
        a_lineage_is_drawn_once_and_what_is_undone_is_not_counted,
        nothing_is_issued_past_a_revocation,
        of_first_credentials_that_cross_one_draws_the_lineage,
        an_enrolment_serves_one_anchor,
        what_nobody_takes_any_more_is_signed_anew;
}
