//! The service, listening.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use todo::serve::serve_until;
use todo::settings::Settings;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Service {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Service {
    /// Starts on a file; port 0 is any that is free.
    pub(crate) async fn start(file: &Path, port: u16) -> Self {
        let database = format!("sqlite://{}", file.display());
        let variables = BTreeMap::from([
            ("ENVIRONMENT", "testing"),
            ("DATABASE_URL", database.as_str()),
            ("JWT_SECRET_KEY", "a secret of thirty-two bytes or more"),
            ("MIGRATE_ON_START", "upgrade"),
        ]);
        let get = |key: &str| variables.get(key).map(|&text| text.to_owned());
        let settings = Settings::read(&get, Path::new("/")).expect("they are right");
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.expect("it is free");
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            serve_until(&settings, listener, stopped)
                .await
                .expect("it serves");
        });
        Self {
            address,
            stop,
            running,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.running.await.expect("it ends");
    }
}
