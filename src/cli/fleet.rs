//! `chatferry fleet`: the migrations that workers run.

use super::args;
use super::out::Out;
use crate::app::{Error, Exit};

#[cfg(feature = "cloud")]
pub(super) fn run(command: args::Fleet, out: &mut Out) -> anyhow::Result<Exit> {
    let runtime = super::signals::runtime()?;
    let result = runtime.block_on(async {
        match command {
            args::Fleet::Add(arguments) => built::add(arguments, out).await,
            args::Fleet::Status(arguments) => built::status(arguments, out).await,
            args::Fleet::Approve(arguments) => built::approve(arguments, out).await,
            args::Fleet::Remove(arguments) => built::remove(arguments, out).await,
        }
    });
    super::signals::end(runtime);
    result
}

#[cfg(not(feature = "cloud"))]
pub(super) fn run(_: args::Fleet, _: &mut Out) -> anyhow::Result<Exit> {
    Err(not_built().into())
}

/// The error of a build without stores.
#[cfg(not(feature = "cloud"))]
pub(super) fn not_built() -> Error {
    Error::coded(
        Exit::Usage,
        "fleet_not_built",
        "this build of chatferry has no fleet; install it with the feature: `cargo install --features cloud`",
    )
}

#[cfg(feature = "cloud")]
mod built {
    use super::super::environment;
    use super::super::out::Out;
    use super::{Error, Exit, args};
    use crate::checkpoint_location::StoreLocation;
    use crate::fleet::{Every, Jobs, Named, place};
    use crate::quantity::count;
    use crate::report;

    async fn open(store: args::FleetStore) -> anyhow::Result<(Jobs, StoreLocation)> {
        let (location, _) = environment::store(store.store)?;
        let jobs = Jobs::open(&location).await;
        let jobs = jobs.map_err(|problem| Error::from(problem.at(location.shown())))?;
        Ok((jobs, location))
    }

    pub(super) async fn add(arguments: args::FleetAdd, out: &mut Out) -> anyhow::Result<Exit> {
        let every: Every = (arguments.every.parse())
            .map_err(|problem| Error::usage(format!("--every {}: {problem}", arguments.every)))?;
        let folder = place(&arguments.folder).map_err(Error::usage)?;
        let (jobs, store) = open(arguments.store).await?;
        let added = jobs.add(&folder, every).await;
        let id = added.map_err(|problem| Error::from(problem.at(store.shown())))?;
        out.line(&format!(
            "{folder} is migration {id} of the fleet, every {every}"
        ))?;
        out.note("Next: `chatferry fleet status` shows its first run; `chatferry serve` runs it");
        Ok(Exit::Done)
    }

    pub(super) async fn status(
        arguments: args::FleetStatus,
        out: &mut Out,
    ) -> anyhow::Result<Exit> {
        let (jobs, store) = open(arguments.store).await?;
        let listed = jobs.list().await;
        let jobs = listed.map_err(|problem| Error::from(problem.at(store.shown())))?;
        match arguments.json {
            true => out.json(&serde_json::to_string(&report::fleet::summary(&jobs))?)?,
            false => out.line(&report::fleet::text(&jobs))?,
        }
        Ok(Exit::Done)
    }

    pub(super) async fn approve(
        arguments: args::FleetApprove,
        out: &mut Out,
    ) -> anyhow::Result<Exit> {
        let (jobs, store) = open(arguments.store).await?;
        let approved = jobs.approve(arguments.id).await;
        let approved = approved.map_err(|problem| Error::from(problem.at(store.shown())))?;
        let Some(plan) = approved else {
            anyhow::bail!(Error::usage(format!(
                "no plan of migration {} waits for approval; `chatferry fleet status` shows which do",
                arguments.id
            )));
        };
        out.line(&format!(
            "Approved: {}, {}, {} to another lead, {}; the next worker carries out exactly this plan",
            count(plan.created, "new message"),
            count(plan.updated, "update"),
            count(plan.replaced, "move"),
            count(plan.deleted, "deletion"),
        ))?;
        Ok(Exit::Done)
    }

    pub(super) async fn remove(
        arguments: args::FleetRemove,
        out: &mut Out,
    ) -> anyhow::Result<Exit> {
        let named = match arguments.job.parse() {
            Ok(id) => Named::Id(id),
            Err(_) => Named::Folder(place(&arguments.job).map_err(Error::usage)?),
        };
        let (jobs, store) = open(arguments.store).await?;
        let removed = jobs.remove(&named).await;
        if !removed.map_err(|problem| Error::from(problem.at(store.shown())))? {
            anyhow::bail!(Error::usage(format!(
                "the fleet has no migration {}; `chatferry fleet status` lists them",
                arguments.job
            )));
        }
        out.line("Removed from the fleet; nothing in Close or in the folder changed")?;
        Ok(Exit::Done)
    }
}
