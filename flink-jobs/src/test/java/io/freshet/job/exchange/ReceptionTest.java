package io.freshet.job.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Learners that gather while others knock: scans, probes, learners of earlier gatherings, twins. */
class ReceptionTest {
    private static final int LONG = 60_000;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<ServerSocket> servers = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    });

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        threads.shutdownNow();
    }

    private Members listen(int size) throws IOException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int k = 0; k < size; k++) {
            ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            servers.add(server);
            open.add(server);
            addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()));
        }
        return new Members("a secret", addresses);
    }

    private CompletableFuture<SocketExchange> join(int self, Members members, int timeoutMillis) {
        CompletableFuture<SocketExchange> joined = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                SocketExchange exchange = SocketExchange.connect(self, members, servers.get(self), timeoutMillis);
                open.add(exchange);
                joined.complete(exchange);
            } catch (IOException e) {
                joined.completeExceptionally(e);
            }
        });
        return joined;
    }

    private Socket knock(int learner, byte... says) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), servers.get(learner).getLocalPort());
        open.add(socket);
        socket.setSoTimeout(LONG);
        socket.getOutputStream().write(says);
        return socket;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Both give and take a round. */
    private static void exchange(SocketExchange first, SocketExchange second) {
        CompletableFuture<byte[][]> other = CompletableFuture.supplyAsync(() -> second.allGather(new byte[] {2}));
        assertThat(first.allGather(new byte[] {1})).isDeepEqualTo(new byte[][] {{1}, {2}});
        assertThat(other.join()).isDeepEqualTo(new byte[][] {{1}, {2}});
    }

    @Test
    void strayConnectionsDoNotKeepLearnersFromGathering() throws Exception {
        Members members = listen(2);
        Socket silent = knock(0);
        Socket half = knock(0, Arrays.copyOf(Handshake.greeting("a secret", 1), 9));
        Socket probe = knock(0, ascii("GET /health HTTP/1.1\\r\\nHost: learner\\r\\n\\r\\n"));
        Socket former = knock(0, Handshake.greeting("a secreT", 1));
        Socket tooLong = knock(0, Handshake.greeting("a secret that is longer", 1));
        Socket nobody = knock(0, Handshake.greeting("a secret", 2));
        Socket itself = knock(0, Handshake.greeting("a secret", 0));
        Socket gone = knock(0, ascii("F"));
        gone.close();
        CompletableFuture<SocketExchange> first = join(0, members, LONG);
        // These three were heard to their end before the other learner comes.
        assertThat(hungUp(probe)).isTrue();
        assertThat(hungUp(former)).isTrue();
        assertThat(hungUp(tooLong)).isTrue();
        assertThat(refusal(nobody)).isEqualTo("learner 0 of 2 waits for no learner 2");
        assertThat(refusal(itself)).isEqualTo("learner 0 of 2 waits for no learner 0");
        CompletableFuture<SocketExchange> second = join(1, members, LONG);
        exchange(first.get(30, TimeUnit.SECONDS), second.get(30, TimeUnit.SECONDS));
        assertThat(first.get().turnedAway()).isBetween(5L, 6L);
        assertThat(second.get().turnedAway()).isZero();
        assertThat(hungUp(silent)).isTrue();
        assertThat(hungUp(half)).isTrue();
    }

    @Test
    void ofTwoWithOneNumberTheFirstKeepsItAndTheSecondIsToldSo() throws Exception {
        Members members = listen(3);
        CompletableFuture<SocketExchange> first = join(0, members, LONG);
        CompletableFuture<SocketExchange> second = join(1, members, LONG);
        // Learner 1 is known at 0 before its twin comes: it has the answer to its greeting.
        Socket third = knock(1, Handshake.greeting("a secret", 2));
        assertThat(third.getInputStream().read()).isEqualTo(1);
        assertThat(second.get(30, TimeUnit.SECONDS).learners()).isEqualTo(3);
        assertThatThrownBy(() -> Handshake.connect(1, 0, members, System.nanoTime() + TimeUnit.SECONDS.toNanos(30)))
                .hasMessageContaining("learner 0 at")
                .hasMessageContaining("learner 1 is connected already, from /127.0.0.1:");
        knock(0, Handshake.greeting("a secret", 2));
        assertThat(first.get(30, TimeUnit.SECONDS).turnedAway()).isEqualTo(1);
    }

    private static String refusal(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        assertThat(in.read()).isZero();
        return in.readUTF();
    }

    @Test
    void whoDoesNotComeIsNamedWithThoseWhoCameInstead() throws Exception {
        Members members = listen(3);
        knock(0, ascii("who is there?"));
        assertThatThrownBy(() -> SocketExchange.connect(0, members, servers.get(0), 300))
                .hasMessageContaining("learner 1, 2 did not connect to learner 0 in time")
                .hasMessageContaining("1 connections were turned away, the last: /127.0.0.1:")
                .hasMessageContaining("it does not speak as learners do");
        assertThat(servers.get(0).isClosed()).isTrue();
    }

    @Test
    void oneThatListensAndSaysNothingIsNamed() throws Exception {
        Members members = listen(2);
        assertThatThrownBy(() -> SocketExchange.connect(1, members, servers.get(1), 300))
                .hasMessageContaining("learner 0 at")
                .hasMessageContaining("cannot be joined");
    }

    @Test
    void aFailedGatheringHangsUpOnThoseItHasTaken() throws Exception {
        Members members = listen(3);
        Socket second = knock(0, Handshake.greeting("a secret", 1));
        assertThatThrownBy(() -> SocketExchange.connect(0, members, servers.get(0), 500))
                .hasMessageContaining("learner 2 did not connect");
        assertThat(second.getInputStream().read()).isEqualTo(1);
        assertThat(hungUp(second)).isTrue();
    }

    @Test
    void hundredsOfStrangersAtOnceAreTurnedAwayOneByOne() throws Exception {
        Members members = listen(2);
        CompletableFuture<SocketExchange> first = join(0, members, LONG);
        Random random = new Random(5);
        List<Socket> strangers = new ArrayList<>();
        for (int k = 0; k < 300; k++) {
            byte[] noise = new byte[1 + random.nextInt(60)];
            random.nextBytes(noise);
            noise[0] = 'x';
            strangers.add(knock(0, noise));
        }
        for (Socket stranger : strangers) {
            assertThat(hungUp(stranger)).isTrue();
        }
        CompletableFuture<SocketExchange> second = join(1, members, LONG);
        exchange(first.get(30, TimeUnit.SECONDS), second.get(30, TimeUnit.SECONDS));
        assertThat(first.get().turnedAway()).isEqualTo(300);
    }

    /** Whether the other side has ended a connection; it may have left bytes of ours unread. */
    private static boolean hungUp(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
