//! Cases of one test at the same time, as many as there are cores.

use std::sync::Mutex;
use std::thread;

/// Runs `case` for each of `cases`, and returns the results in the order of the cases.
pub(crate) fn at_once<T, R: Send>(
    cases: impl IntoIterator<Item = T, IntoIter: Send>,
    case: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let cases = Mutex::new(cases.into_iter().enumerate());
    let next = || cases.lock().expect("no panic").next();
    let worker = || {
        let mut results = Vec::new();
        while let Some((number, one)) = next() {
            results.push((number, case(one)));
        }
        results
    };
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let results = workers.into_iter().map(|worker| worker.join());
        results
            .flat_map(|of_worker| of_worker.expect("no panic"))
            .collect()
    });
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
