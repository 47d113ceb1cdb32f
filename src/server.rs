//! The server: an accept loop with limits, a bell that makes the service look at its files, and a graceful end.
//!
//! warp's own server has no header timeout, no cap on connections and an end that may never come, so its routes are
//! driven by hyper from here. A client that says nothing cannot keep others out: over the cap, the connection that has
//! been longest without a request is closed.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use notify::{RecursiveMode, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_cron_scheduler::{Job, JobScheduler};
use tower_service::Service;
use warp::http::Request;
use warp::reply::Response;

use crate::app::dispatch::Dispatcher;
use crate::app::serve::App;
use crate::app::{blocked, erase, plan, subscribe};
use crate::web;

/// The limits of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Open connections; one more closes the idlest.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and to think of the next one.
    pub head: Duration,
    /// Octets of a request's head.
    pub head_octets: usize,
    /// How long open requests may take when the server ends.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            head: Duration::from_secs(30),
            head_octets: 32 * 1024,
            drain: Duration::from_secs(8),
        }
    }
}

/// Serves `app` on `listener` until `shutdown`, then lets open requests finish, within the limits.
///
/// # Errors
/// When the bell cannot be set up. A connection that fails is its own affair.
pub async fn run(
    listener: TcpListener,
    app: Arc<App>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let bell = Arc::new(Notify::new());
    let mut scheduler = tick(bell.clone(), app.clone()).await.map_err(io::Error::other)?;
    let hurrying = app.clock().hurry().map(|every| tokio::spawn(hurry(app.clone(), every)));
    let watcher = watch_folder(&app, bell.clone());
    let reloading = tokio::spawn(reload(app.clone(), bell));
    let (ending, end) = watch::channel(false);
    let dispatching = app.dispatcher().map(|dispatcher| tokio::spawn(dispatch(dispatcher.clone(), end, limits.drain)));
    let shutdown = async {
        shutdown.await;
        let _ = ending.send(true);
    };
    let attending = tokio::spawn(attend(app.clone()));
    let planning = tokio::spawn(plan_ahead(app.clone()));
    accept(listener, app, limits, shutdown).await;
    drop(watcher);
    if let Some(dispatching) = dispatching {
        let _ = dispatching.await;
    }
    reloading.abort();
    attending.abort();
    planning.abort();
    hurrying.inspect(tokio::task::JoinHandle::abort);
    // It waits for nothing that runs, so it may as well be told last.
    let _ = scheduler.shutdown().await;
    Ok(())
}

/// Mail leaves until the server ends; what is under way then has as long as open requests have.
async fn dispatch(dispatcher: Arc<Dispatcher>, end: watch::Receiver<bool>, drain: Duration) {
    let until = |mut end: watch::Receiver<bool>| async move {
        // A sender that is gone has ended as well.
        let _ = end.wait_for(|ended| *ended).await;
    };
    let patience = async {
        until(end.clone()).await;
        sleep(drain).await;
    };
    tokio::select! {
        () = dispatcher.run(until(end.clone())) => {}
        () = patience => tracing::warn!("ended with mail under way; it is taken up again at the next start"),
    }
}

/// One job that rings every second: another process may have published, and a network file system may not tell of its
/// changes; mail may have become due. A ring that finds nothing costs a look at the folder and some queries.
async fn tick(bell: Arc<Notify>, app: Arc<App>) -> Result<JobScheduler, tokio_cron_scheduler::JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let ring = Job::new_async("* * * * * *", move |_, _| {
        bell.notify_one();
        ring_for_time(&app);
        Box::pin(async {})
    })?;
    scheduler.add(ring).await?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// On a clock that runs faster than the world's a second is long: what is due by then is looked for more often.
async fn hurry(app: Arc<App>, every: Duration) {
    loop {
        sleep(every).await;
        ring_for_time(&app);
    }
}

/// Something may have become due.
fn ring_for_time(app: &App) {
    app.ring();
    if let Some(dispatcher) = app.dispatcher() {
        dispatcher.ring();
    }
}

/// Rings when something in the data folder changes. The folder is watched, not the files: editors replace files.
fn watch_folder(app: &App, bell: Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let ring = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            bell.notify_one();
        }
    };
    let watching = notify::recommended_watcher(ring).and_then(|mut watcher| {
        watcher.watch(app.data(), RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching.map_err(|error| tracing::warn!("the data folder is looked at every second only: {error}")).ok()
}

/// Reloads at each ring, and tells the organizers what was refused. A ring during a reload is kept, so nothing is missed and no two run at once.
async fn reload(app: Arc<App>, bell: Arc<Notify>) {
    let (mut seen, mut known) = (None, None);
    loop {
        bell.notified().await;
        // An editor writes in several steps; one look after the last is enough.
        sleep(Duration::from_millis(50)).await;
        app.reload().await;
        let trouble = blocked::tell(&app, &mut seen).await.err().map(|error| error.to_string());
        if let Some(trouble) = trouble.as_ref().filter(|_| trouble != known) {
            tracing::error!("the organizers could not be told what is blocked: {trouble}");
        }
        known = trouble;
    }
}

/// Answers sign-ups at each ring, and erases what is too old once a minute. Cut off anywhere, it goes on at the next
/// start. A trouble is told when it is a new one, not at each ring.
async fn attend(app: Arc<App>) {
    let (mut erased, mut known) = (None, None);
    loop {
        app.rung().await;
        let minute = app.clock().now().timestamp() / 60;
        let attended = match subscribe::attend(&app).await {
            Ok(()) if erased != Some(minute) => erase::by_age(&app).await.map(|()| erased = Some(minute)),
            attended => attended,
        };
        let trouble = attended.err().map(|error| error.to_string());
        if let Some(trouble) = trouble.as_ref().filter(|_| trouble != known) {
            tracing::error!("sign-ups could not be answered yet: {trouble}");
        }
        known = trouble;
    }
}

/// Plans what is due, at each ring. Cut off anywhere, it goes on at the next start; a trouble is told when it is a new
/// one.
async fn plan_ahead(app: Arc<App>) {
    let mut known = None;
    loop {
        app.time_passed().await;
        let trouble = plan::tick(&app).await.err().map(|error| error.to_string());
        if let Some(trouble) = trouble.as_ref().filter(|_| trouble != known) {
            tracing::error!("what is due could not be planned yet: {trouble}");
        }
        known = trouble;
    }
}

async fn accept(listener: TcpListener, app: Arc<App>, limits: Limits, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    let (ending, end) = watch::channel(false);
    let connections = Arc::new(Connections::default());
    if let Ok(address) = listener.local_addr() {
        app.listen_on(address);
        tracing::info!(%address, "listening");
    }
    let routes = warp::service(web::routes(app.clone()));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: the open connections must end first.
                tracing::warn!("a connection could not be accepted: {error}");
                connections.close_idlest();
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if open.len() >= limits.connections {
            connections.close_idlest();
        }
        open.spawn(serve(stream, web::Peer(peer), routes.clone(), limits, connections.clone(), end.clone()));
    }
    app.drain();
    drop(listener);
    tracing::info!(connections = open.len(), "stopping");
    let _ = ending.send(true);
    let drained = timeout(limits.drain, async { while open.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = open.len(), "closed with requests still open");
        open.shutdown().await;
    }
}

/// Serves one connection, until it ends, is closed for another, or the server ends.
async fn serve<S>(
    stream: TcpStream,
    peer: web::Peer,
    routes: S,
    limits: Limits,
    connections: Arc<Connections>,
    mut end: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let _ = stream.set_nodelay(true);
    let seat = connections.sit();
    let answer = hyper::service::service_fn({
        let seat = seat.clone();
        move |mut request: Request<Incoming>| {
            seat.touch();
            request.extensions_mut().insert(peer);
            let refusal = web::refuse_early(&request);
            let mut routes = routes.clone();
            // The query may be somebody's choice of talks, a token is somebody's key: they are not written down.
            let (method, path) = (request.method().clone(), web::without_token(request.uri().path()).to_owned());
            async move {
                let answered = match refusal {
                    Some(response) => Ok(response),
                    None => routes.call(request).await,
                };
                if let Ok(response) = &answered {
                    tracing::debug!(%method, path, status = response.status().as_u16());
                }
                answered
            }
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_octets)
        .keep_alive(true);
    let connection = server.serve_connection(TokioIo::new(stream), answer);
    let mut connection = std::pin::pin!(connection);
    let mut ending = false;
    loop {
        tokio::select! {
            // A client's broken connection is no fault of ours.
            _ = connection.as_mut() => break,
            () = seat.closed() => break,
            _ = end.changed(), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The open connections, and when each last had a request.
#[derive(Default)]
struct Connections {
    seats: Mutex<(u64, HashMap<u64, Arc<Place>>)>,
}

struct Place {
    last: Mutex<Instant>,
    close: Notify,
}

/// A connection's place among the open ones; given up when it is dropped.
#[derive(Clone)]
struct Seat(Arc<Taken>);

struct Taken {
    number: u64,
    place: Arc<Place>,
    connections: Arc<Connections>,
}

impl Connections {
    fn sit(self: &Arc<Self>) -> Seat {
        let place = Arc::new(Place { last: Mutex::new(Instant::now()), close: Notify::new() });
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let number = seats.0;
        seats.0 += 1;
        seats.1.insert(number, place.clone());
        Seat(Arc::new(Taken { number, place, connections: self.clone() }))
    }

    /// Closes the connection that has been longest without a request.
    fn close_idlest(&self) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |place: &Place| *place.last.lock().unwrap_or_else(PoisonError::into_inner);
        let idlest = seats.1.iter().min_by_key(|(_, place)| last(place)).map(|(number, _)| *number);
        // It leaves the list at once, so that the next one over the cap closes another.
        if let Some(place) = idlest.and_then(|number| seats.1.remove(&number)) {
            place.close.notify_one();
        }
    }
}

impl Seat {
    fn touch(&self) {
        *self.0.place.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    async fn closed(&self) {
        self.0.place.close.notified().await;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.connections.seats.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&self.number);
    }
}
