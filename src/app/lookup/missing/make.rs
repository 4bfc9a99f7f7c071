//! Creates the leads of marked rows: checkpoint, confirmation, results.

use super::which::{Number, name_of_lead};
use super::{Missing, NumberResult, key, workflows};
use crate::app::lookup::candidates;
use crate::app::lookup::order::{Context, WriteOrder};
use crate::app::lookup::rows::unchanged;
use crate::app::{Error, Notice, Observer, Question, Result, run_checkpoint, unless_stopped};
use crate::checkpoint::{Binding, Change, Checkpoint, Counts, LEADS_MADE, RunFacts, RunOutcome};
use crate::clock::SharedClock;
use crate::close::{Contact, LeadStatus};
use crate::execute::{LeadMaker, LeadOutcome, MissingLead};

/// Determines the status of the leads, opens the checkpoint, asks for confirmation, and creates them.
pub(super) async fn make(
    to_make: &[&Number<'_>],
    unsettled: u64,
    order: &WriteOrder,
    with: &Context<'_>,
    missing: &mut Missing,
    observer: &mut dyn Observer,
) -> Result<()> {
    let file = &with.settings.import.contacts;
    // A lead that could not be filled in afterwards is not created.
    candidates::check(&file.with_file_name(candidates::FILE))?;
    let status = workflows::status(order, with, observer).await?;
    let organization = with.account.organization_id.clone();
    let binding = Binding::new(organization, &with.settings.close.base_url);
    let path = &with.settings.import.checkpoint;
    let close = (with.client, with.clock);
    let checkpoint =
        run_checkpoint::open_for_tables(with.contacts, path, &binding, close, observer)?;
    // Recorded at once: a killed run is not an interrupted import.
    end(&checkpoint, RunOutcome::Stopped, 0).await?;
    checkpoint.require_space(to_make.len() as u64)?;
    let result = match agree(to_make, unsettled, &status, (order, with), observer).await {
        // The question may have been open for an hour.
        Ok(true) => match unchanged(with.settings, with.contacts, "no lead was created") {
            Ok(()) => carry_out(to_make, status, (order, with), &checkpoint, missing).await,
            Err(error) => Err(error),
        },
        Ok(false) => {
            observer.notice(Notice::NoLeadMade);
            Ok(())
        }
        Err(error) => Err(error),
    };
    let closed = checkpoint.close();
    result?;
    // Created leads are filled in nevertheless.
    if let Err(error) = closed {
        missing.stopped.get_or_insert(error.into());
    }
    Ok(())
}

/// Shows what is to be created and where and what that may start, and asks, unless that was declined beforehand.
async fn agree(
    to_make: &[&Number<'_>],
    unsettled: u64,
    status: &LeadStatus,
    (order, with): (&WriteOrder, &Context<'_>),
    observer: &mut dyn Observer,
) -> Result<bool> {
    let leads = to_make.len() as u64;
    observer.notice(Notice::LeadsToMake { leads, unsettled });
    if !order.yes {
        let file = with.settings.import.contacts.display();
        for number in to_make {
            let lines: Vec<String> = number.rows.iter().map(|r| r.line.to_string()).collect();
            let name = name_of_lead(number);
            let also = match number.has_namesake {
                true => " (Close has a contact of that name, without the number)",
                false => "",
            };
            let text = format!("{file}:{}: {name}{also}", lines.join(","));
            observer.notice(Notice::RowNote(text));
        }
    }
    observer.notice(Notice::Into(Box::new(with.account.clone())));
    let reported = workflows::report(leads, Some(&status.label), with, observer);
    unless_stopped(&order.stop, reported).await??;
    if order.yes {
        return Ok(true);
    }
    let question = Question::MakeLeads(leads);
    let answer = unless_stopped(&order.stop, observer.confirm(&question)).await?;
    Ok(answer?)
}

async fn carry_out(
    to_make: &[&Number<'_>],
    status: LeadStatus,
    (order, with): (&WriteOrder, &Context<'_>),
    checkpoint: &Checkpoint,
    missing: &mut Missing,
) -> Result<()> {
    let leads: Vec<MissingLead> = (to_make.iter())
        .map(|number| MissingLead {
            name: name_of_lead(number),
            phone: number.phone.clone(),
        })
        .collect();
    // A run that is killed has no counts, which would make it one of an import.
    let facts = RunFacts {
        command: Some("match".into()),
        ..RunFacts::default()
    };
    let begun = Change::RunIs(facts);
    checkpoint.recorder().record(begun).await?;
    let maker = LeadMaker {
        client: with.client,
        checkpoint,
        clock: SharedClock::clone(with.clock),
        status_id: status.id,
        settle: std::time::Duration::from_secs_f64(with.settings.limits.settle_seconds),
    };
    let (outcomes, stopped) = maker.make(&leads, &order.stop).await;
    let mut failed = false;
    for (lead, outcome) in leads.iter().zip(outcomes) {
        missing.created += u64::from(matches!(outcome, LeadOutcome::Created { .. }));
        let answer = match outcome {
            LeadOutcome::Created {
                lead_id,
                contact_id,
            }
            | LeadOutcome::AlreadyCreated {
                lead_id,
                contact_id,
            } => NumberResult::Contacts(vec![Contact {
                id: contact_id,
                lead_id: Some(lead_id),
                name: lead.name.clone(),
                phones: vec![lead.phone.e164().to_owned()],
            }]),
            LeadOutcome::NumberInUse(contacts) => NumberResult::Contacts(contacts),
            LeadOutcome::Failed(failure) => {
                NumberResult::Failed(format!("{failure} [{}]", failure.code()))
            }
            LeadOutcome::NotCarriedOut => NumberResult::Failed(
                "close_unknown: POST /lead/ got no response, and the lead was not found; run it again"
                    .to_owned(),
            ),
            LeadOutcome::Unknown => NumberResult::Failed(
                "close_unknown: POST /lead/ got no response, and its outcome is not known yet; run it again to look it up"
                    .to_owned(),
            ),
            LeadOutcome::NotReached => continue,
        };
        failed |= matches!(answer, NumberResult::Failed(_));
        missing.answers.insert(key(&lead.phone), answer);
    }
    let outcome = match (&stopped, failed) {
        (Some(_), _) => RunOutcome::Stopped,
        (None, true) => RunOutcome::Partial,
        (None, false) => RunOutcome::Complete,
    };
    let ended = end(checkpoint, outcome, missing.created).await;
    let stopped = stopped.map(Error::from);
    missing.stopped = stopped.or(ended.err());
    Ok(())
}

/// Records how the run ended, as one that creates leads.
pub(super) async fn end(checkpoint: &Checkpoint, outcome: RunOutcome, made: u64) -> Result<()> {
    let counts = Counts::from([(LEADS_MADE.to_owned(), made)]);
    checkpoint
        .recorder()
        .record(Change::RunEnded { outcome, counts })
        .await?;
    Ok(())
}
