package io.freshet.verification.faults.processes;

import io.freshet.local.LoopbackPorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;

/**
 * A TCP proxy on loopback between clients and a server, which can be cut: bytes are held back as if the network had
 * swallowed them, or connections are reset and new ones are not taken.
 */
public final class FaultyProxy implements AutoCloseable {
    /** What happens to connections. */
    public enum State {
        /** Bytes pass. */
        WHOLE,
        /** Connections stay, and new ones are accepted, but nothing arrives until the proxy is mended. */
        HELD,
        /** Connections are reset, new ones too. */
        REFUSED
    }

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = new HashSet<>();
    private State state = State.WHOLE;
    private boolean closed;

    /**
     * Listens on a free port.
     *
     * @param target port on loopback to which connections go
     */
    public FaultyProxy(int target) throws IOException {
        this.target = target;
        server = new ServerSocket(LoopbackPorts.free(), 64, InetAddress.getLoopbackAddress());
        thread("accept", this::accept);
    }

    /** Port for clients. */
    public int port() {
        return server.getLocalPort();
    }

    private void thread(String what, Runnable body) {
        Thread thread = new Thread(body, "proxy-" + port() + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                client.setTcpNoDelay(true);
                thread("connect", () -> connect(client));
            } catch (IOException e) {
                if (server.isClosed()) {
                    return;
                }
            }
        }
    }

    private void connect(Socket client) {
        if (!keep(client) || !awaitPassage()) {
            reset(client);
            return;
        }
        try {
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
            upstream.setTcpNoDelay(true);
            if (!keep(upstream)) {
                reset(upstream);
                reset(client);
                return;
            }
            thread("up", () -> pump(client, upstream));
            pump(upstream, client);
        } catch (IOException e) {
            // Nobody listens there at the moment.
            reset(client);
        }
    }

    private synchronized boolean keep(Socket socket) {
        if (closed || state == State.REFUSED) {
            return false;
        }
        open.add(socket);
        return true;
    }

    /** Waits while bytes are held; gives whether they may pass then. */
    private synchronized boolean awaitPassage() {
        while (state == State.HELD && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return !closed && state == State.WHOLE;
    }

    /** Passes bytes on until either side ends, then ends both. */
    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[1 << 16];
        boolean ended = false;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int n = in.read(buffer);
            for (; n >= 0 && awaitPassage(); n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
            ended = n < 0;
        } catch (IOException e) {
            // A side is gone; so is the connection.
        }
        // A held connection ends for the other side only when the proxy is mended.
        boolean softly = awaitPassage() && ended;
        end(from, softly);
        end(to, softly);
    }

    private void reset(Socket socket) {
        end(socket, false);
    }

    /** Ends a connection; not softly: its other side is told that it was reset, and unsent bytes are lost. */
    private void end(Socket socket, boolean softly) {
        synchronized (this) {
            open.remove(socket);
        }
        try {
            if (!softly) {
                socket.setSoLinger(true, 0);
            }
        } catch (IOException e) {
            // It is closed already.
        }
        try {
            socket.close();
        } catch (IOException e) {
            // It was closed by the other thread.
        }
    }

    /** Cuts the connections, or mends them. */
    public void set(State next) {
        Set<Socket> ended = Set.of();
        synchronized (this) {
            state = next;
            if (next == State.REFUSED) {
                ended = new HashSet<>(open);
            }
            notifyAll();
        }
        ended.forEach(this::reset);
    }

    @Override
    public void close() {
        Set<Socket> ended;
        synchronized (this) {
            closed = true;
            ended = new HashSet<>(open);
            notifyAll();
        }
        ended.forEach(this::reset);
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException("proxy on port " + port() + " could not be closed", e);
        }
    }
}
