package io.freshet.cli.serve;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.serving.Limits;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.follower.Follower;
import io.freshet.serving.follower.FollowerConfig;
import io.freshet.serving.rpc.ScoringServer;
import java.io.IOException;

/** A follower, its engine and its server, opened and closed in the right order. */
public final class FollowingScorer implements AutoCloseable {
    private final Device device = CpuDevices.best();
    private final ScoringEngine engine;
    private final Follower follower;
    private final ScoringServer server;

    /** Starts to follow and to listen; a port of 0 is any free one. */
    public FollowingScorer(FollowerConfig config, ItemScan scan, int grpcPort, int httpPort) throws IOException {
        engine = new ScoringEngine(device, Limits.defaults(), System::currentTimeMillis, scan);
        try {
            server = new ScoringServer(engine, grpcPort, httpPort);
        } catch (IOException e) {
            engine.close();
            device.close();
            throw e;
        }
        try {
            // Named for whoever wants the same directory.
            follower = new Follower(
                    config.withPurpose("gRPC port " + server.grpcPort() + ", HTTP port " + server.httpPort()), engine);
        } catch (RuntimeException e) {
            server.close();
            engine.close();
            device.close();
            throw e;
        }
        server.watch(follower);
    }

    public ScoringEngine engine() {
        return engine;
    }

    public Follower follower() {
        return follower;
    }

    public ScoringServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        follower.close();
        engine.close();
        device.close();
    }
}
