package io.freshet.verification.faults.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A proxy passes bytes, holds them, resets connections, and can be mended. */
class FaultyProxyTest {
    private ServerSocket server;
    private FaultyProxy proxy;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        proxy = new FaultyProxy(server.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    private Socket client() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        client.setSoTimeout(10_000);
        return client;
    }

    @Test
    @SuppressWarnings("try") // One side closes before the other: that is what is tried.
    void bytesPassBothWays() throws Exception {
        try (Socket client = client();
                Socket served = server.accept()) {
            client.getOutputStream().write(7);
            assertThat(served.getInputStream().read()).isEqualTo(7);
            served.getOutputStream().write(8);
            assertThat(client.getInputStream().read()).isEqualTo(8);
            served.close();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void heldBytesArriveWhenTheCableIsMended() throws Exception {
        try (Socket client = client();
                Socket served = server.accept()) {
            proxy.set(FaultyProxy.State.HELD);
            client.getOutputStream().write(7);
            served.setSoTimeout(100);
            assertThatThrownBy(() -> served.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            proxy.set(FaultyProxy.State.WHOLE);
            served.setSoTimeout(10_000);
            assertThat(served.getInputStream().read()).isEqualTo(7);
        }
    }

    @Test
    void refusedConnectionsAreResetAndComeBackWhenTheCableIsMended() throws Exception {
        try (Socket client = client();
                Socket served = server.accept()) {
            proxy.set(FaultyProxy.State.REFUSED);
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> served.getInputStream().read()).isInstanceOf(IOException.class);
        }
        proxy.set(FaultyProxy.State.WHOLE);
        try (Socket client = client();
                Socket served = server.accept()) {
            client.getOutputStream().write(9);
            assertThat(served.getInputStream().read()).isEqualTo(9);
        }
    }

    @Test
    void aServerThatIsGoneLooksLikeAReset() throws Exception {
        server.close();
        try (Socket client = client()) {
            assertThatThrownBy(() -> {
                        if (client.getInputStream().read() < 0) {
                            throw new IOException("ended");
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }
}
