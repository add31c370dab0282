package io.freshet.cli.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A port before a server that hands on some bytes of its answers, and then is gone. */
final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final AtomicLong left;
    private final List<Closeable> open = new CopyOnWriteArrayList<>();

    /** @param most bytes that it hands back to clients, all together */
    Relay(int port, int target, long most) throws IOException {
        listening = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        left = new AtomicLong(most);
        open.add(listening);
        thread(this::accept);
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                thread(() -> copy(client, server, new AtomicLong(Long.MAX_VALUE)));
                thread(() -> copy(server, client, left));
            }
        } catch (IOException e) {
            // It is gone.
            close();
        }
    }

    private void copy(Socket from, Socket to, AtomicLong most) {
        byte[] buffer = new byte[4096];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (most.addAndGet(-n) < 0) {
                    close();
                    return;
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One of the two has closed: the other one hears of it by the next use.
            return;
        }
    }

    /** Bytes that it would still hand back; below 0 when it is gone. */
    long left() {
        return left.get();
    }

    @Override
    public void close() {
        for (Closeable one : open) {
            try {
                one.close();
            } catch (IOException e) {
                // What is closed already stays so.
                continue;
            }
        }
    }
}
