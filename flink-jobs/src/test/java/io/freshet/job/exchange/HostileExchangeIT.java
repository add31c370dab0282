package io.freshet.job.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.store.Mutations;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whatever bytes come over an exchange's connection: a message or an error of input, no memory for a mere claim. */
class HostileExchangeIT {
    /** A connection from which bytes come that were there before. */
    private static final class Recorded extends Socket {
        private final byte[] bytes;

        Recorded(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public void setSoTimeout(int millis) {
            // Nothing is waited for.
        }
    }

    private static byte[] rounds() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        new Round(1, new byte[] {1, 2, 3}).write(out);
        new Round(2, new byte[0]).write(out);
        new Round(3, new byte[20]).write(out);
        return bytes.toByteArray();
    }

    @Test
    void roundsAreReadOrRefused() throws IOException {
        byte[] whole = rounds();
        new Mutations(1, whole).forEach(HostileExchangeIT::readRounds);
    }

    @FuzzTest
    void fuzzRounds(byte[] input) {
        readRounds(input);
    }

    private static void readRounds(byte[] input) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(input))) {
            int payload = 0;
            while (true) {
                payload += Round.read(in).bytes().length;
                assertThat(payload).isLessThanOrEqualTo(input.length);
            }
        } catch (IOException e) {
            // The end, or no round.
        }
    }

    @Test
    void onlyWhoKnowsTheGroupIsHeard() {
        new Mutations(2, Handshake.greeting("a secret", 1), Handshake.greeting("b secret", 2))
                .forEach(HostileExchangeIT::greet);
    }

    @FuzzTest
    void fuzzGreetings(byte[] input) {
        greet(input);
    }

    private static void greet(byte[] input) {
        byte[] right = Handshake.greeting("a secret", 1);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        try (Socket socket = new Recorded(input)) {
            Handshake.read(socket, "a secret", deadline);
            assertThat(Arrays.copyOf(input, right.length - 4))
                    .as("it began with the secret")
                    .isEqualTo(Arrays.copyOf(right, right.length - 4));
        } catch (IOException e) {
            // Turned away.
        }
    }

    @Test
    void aRoundMayNotClaimMoreThanItBrings() {
        byte[] claim = new byte[12];
        ByteBuffer.wrap(claim).putLong(1).putInt(1 << 30);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(claim))) {
            Round.read(in);
            throw new AssertionError("read a round of 12 bytes that claims a gigabyte");
        } catch (EOFException e) {
            assertThat(e).hasMessageContaining("after 0 of 1073741824 bytes");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
