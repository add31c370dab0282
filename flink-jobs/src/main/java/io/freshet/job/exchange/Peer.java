package io.freshet.job.exchange;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one other learner: a thread that sends, so that nobody waits for a full socket, and one that reads.
 */
final class Peer {
    private final int number;
    private final Socket socket;
    private final Inbox inbox;
    private final BlockingQueue<Round> outgoing = new LinkedBlockingQueue<>();
    private @Nullable Thread sender;

    Peer(int number, Socket socket, Inbox inbox) throws IOException {
        this.number = number;
        this.socket = socket;
        this.inbox = inbox;
        inbox.expect(number);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(0);
    }

    int number() {
        return number;
    }

    void start() {
        sender = daemon("send", this::sendAll);
        daemon("read", this::readAll);
    }

    private Thread daemon(String what, Runnable body) {
        Thread thread = new Thread(body, "freshet-exchange-" + what + "-" + number);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void sendAll() {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16))) {
            while (true) {
                outgoing.take().write(out);
            }
        } catch (IOException e) {
            inbox.gone(number, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll() {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16))) {
            while (true) {
                inbox.arrived(number, Round.read(in));
            }
        } catch (IOException e) {
            inbox.gone(number, e);
        }
    }

    void send(Round round) {
        outgoing.add(round);
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            inbox.gone(number, e);
        }
        if (sender != null) {
            sender.interrupt();
        }
    }
}
