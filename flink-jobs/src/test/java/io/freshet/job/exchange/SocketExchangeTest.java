package io.freshet.job.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Learners over real sockets: everybody gets what was given, in rounds, and nobody waits for the dead. */
class SocketExchangeTest {
    private final List<SocketExchange> open = new ArrayList<>();
    private final List<ServerSocket> servers = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        open.forEach(SocketExchange::close);
        for (ServerSocket server : servers) {
            server.close();
        }
    }

    private Members listen(int size) throws Exception {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int k = 0; k < size; k++) {
            ServerSocket server = new ServerSocket(0, size, InetAddress.getLoopbackAddress());
            servers.add(server);
            addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()));
        }
        return new Members("group", addresses);
    }

    private List<SocketExchange> gather(int size, int timeoutMillis) throws Exception {
        open.addAll(SocketExchange.group(size, timeoutMillis));
        return open;
    }

    private CompletableFuture<SocketExchange> later(int self, Members members, int timeoutMillis) {
        CompletableFuture<SocketExchange> exchange = new CompletableFuture<>();
        onThread(() -> exchange.completeAsync(
                () -> {
                    try {
                        return SocketExchange.connect(self, members, servers.get(self), timeoutMillis);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Runnable::run));
        return exchange;
    }

    private static void onThread(Runnable body) {
        Thread thread = new Thread(body);
        thread.setDaemon(true);
        thread.start();
    }

    /** What learner {@code from} gives learner {@code to} in a round; large ones do not fit any socket's buffer. */
    private static byte[] part(int from, int to, int round) {
        byte[] bytes = new byte[round % 5 == 4 ? 3 << 20 : 10 * from + to];
        Arrays.fill(bytes, (byte) (31 * from + 7 * to + round));
        return bytes;
    }

    @Test
    void everyRoundGivesEverybodyHisPart() throws Exception {
        int size = 4;
        List<CompletableFuture<Long>> done = new ArrayList<>();
        List<SocketExchange> learners = gather(size, 30_000);
        for (int k = 0; k < size; k++) {
            SocketExchange mine = learners.get(k);
            CompletableFuture<Long> end = new CompletableFuture<>();
            done.add(end);
            onThread(() -> end.completeAsync(() -> rounds(mine, size), Runnable::run));
        }
        for (CompletableFuture<Long> end : done) {
            assertThat(end.get(60, TimeUnit.SECONDS)).isGreaterThan(3L * 3 * (3 << 20));
        }
    }

    private static long rounds(SocketExchange mine, int size) {
        for (int round = 0; round < 20; round++) {
            byte[][] parts = new byte[size][];
            for (int to = 0; to < size; to++) {
                parts[to] = part(mine.self(), to, round);
            }
            byte[][] taken = mine.allToAll(parts);
            for (int from = 0; from < size; from++) {
                assertThat(taken[from]).isEqualTo(part(from, mine.self(), round));
            }
            byte[][] shared = mine.allGather(part(mine.self(), 9, round));
            for (int from = 0; from < size; from++) {
                assertThat(shared[from]).isEqualTo(part(from, 9, round));
            }
        }
        return mine.bytesSent();
    }

    @Test
    void whoDiesIsNamedAtOnce() throws Exception {
        List<SocketExchange> learners = gather(3, 60_000);
        CompletableFuture<byte[][]> waiting = new CompletableFuture<>();
        onThread(() -> waiting.completeAsync(() -> learners.get(0).allGather(new byte[1]), Runnable::run));
        learners.get(2).close();
        assertThatThrownBy(() -> waiting.get(20, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(EOFException.class)
                .hasMessageContaining("learner 2 is gone (round 1)");
    }

    @Test
    void whoIsSilentIsNamedInTime() throws Exception {
        List<SocketExchange> learners = gather(2, 300);
        assertThatThrownBy(() -> learners.get(0).allGather(new byte[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("learner 1 did not give round 1 within 300 ms");
    }

    @Test
    void aLengthThatIsNoneEndsTheConnection() throws Exception {
        Members members = listen(2);
        CompletableFuture<SocketExchange> first = later(0, members, 20_000);
        try (Socket liar =
                new Socket(InetAddress.getLoopbackAddress(), servers.get(0).getLocalPort())) {
            DataOutputStream out = new DataOutputStream(liar.getOutputStream());
            out.write(Handshake.greeting("group", 1));
            out.writeLong(1);
            out.writeInt(-5);
            out.flush();
            SocketExchange exchange = first.get(20, TimeUnit.SECONDS);
            open.add(exchange);
            assertThatThrownBy(() -> exchange.allGather(new byte[1]))
                    .hasMessageContaining("learner 1 is gone (round 1)")
                    .hasRootCauseMessage("round 1 brings -5 bytes, not 0 to 1073741824");
        }
    }

    @Test
    void oneThatGivesRoundsAheadIsNotHeardFurther() throws Exception {
        Members members = listen(2);
        CompletableFuture<SocketExchange> first = later(0, members, 20_000);
        try (Socket hasty =
                new Socket(InetAddress.getLoopbackAddress(), servers.get(0).getLocalPort())) {
            DataOutputStream out = new DataOutputStream(hasty.getOutputStream());
            out.write(Handshake.greeting("group", 1));
            for (int round = 1; round <= 3; round++) {
                new Round(round, new byte[round]).write(out);
            }
            SocketExchange exchange = first.get(20, TimeUnit.SECONDS);
            open.add(exchange);
            // The answer to the greeting, then nothing more: the third round was read when the connection ended.
            assertThat(hasty.getInputStream().read()).isEqualTo(1);
            hasty.shutdownOutput();
            assertThat(hasty.getInputStream().read())
                    .as("the reader is at the end")
                    .isEqualTo(-1);
            assertThat(exchange.allGather(new byte[1])[1]).hasSize(1);
            assertThat(exchange.allGather(new byte[1])[1]).hasSize(2);
            assertThatThrownBy(() -> exchange.allGather(new byte[1]))
                    .hasMessageContaining("learner 1 is gone (round 3)")
                    .rootCause()
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aMessageThatNobodyWouldTakeIsRefusedWhereItIsMade() {
        Round.requireFits(7, 2, 1 << 30);
        assertThatThrownBy(() -> Round.requireFits(7, 2, (1 << 30) + 1))
                .hasMessageContaining("round 7 has 1073741825 bytes for learner 2")
                .hasMessageContaining("learner.parallelism");
    }
}
