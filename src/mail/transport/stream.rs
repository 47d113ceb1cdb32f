//! A connection that is under TLS from its first octet (RFC 8314 3.3), in the form lettre takes existing connections.
//!
//! lettre makes such connections itself, but over a socket that waits for more to send before it sends a little, which
//! costs a session most of its rate.

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncRead as _, AsyncWrite as _};
#[allow(deprecated, reason = "the only way to TLS over a socket of ours; the crate's public face has no other")]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

#[allow(deprecated)]
#[derive(Debug)]
pub(super) struct Sealed(AsyncNetworkStream);

#[allow(deprecated)]
impl Sealed {
    pub(super) async fn over(
        stream: TcpStream,
        tls: TlsParameters,
    ) -> std::result::Result<Sealed, lettre::transport::smtp::Error> {
        let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(stream));
        stream.upgrade_tls(tls).await?;
        Ok(Sealed(stream))
    }
}

impl AsyncTokioStream for Sealed {
    fn peer_addr(&self) -> Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl AsyncRead for Sealed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let read = ready!(Pin::new(&mut self.0).poll_read(cx, into.initialize_unfilled()))?;
        into.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Sealed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
