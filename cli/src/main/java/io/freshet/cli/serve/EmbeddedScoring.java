package io.freshet.cli.serve;

import io.freshet.job.LearnerExtension;
import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.serving.EmbeddedReplica;
import io.freshet.serving.Limits;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.rpc.ScoringServer;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scoring service inside the learner's JVM, reading the learner's own RocksDB; where a port is configured. */
public final class EmbeddedScoring implements LearnerExtension {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedScoring.class);

    private @Nullable Device device;
    private @Nullable ScoringEngine engine;
    private @Nullable ScoringServer server;
    private @Nullable EmbeddedReplica replica;

    @Override
    public void opened(JobConfig config, EmbeddingStore store, long incarnation) {
        if (config.scoring().embeddedPort() == 0) {
            return;
        }
        Device opened = CpuDevices.best();
        ScoringEngine started = new ScoringEngine(
                opened,
                Limits.defaults(),
                System::currentTimeMillis,
                config.scoring().itemScan());
        device = opened;
        engine = started;
        replica = new EmbeddedReplica(
                started, config.learner().model(), config.store().ids(), store, incarnation, System::currentTimeMillis);
        ScoringServer listening = listen(started, config.scoring().embeddedPort());
        server = listening;
        listening.watch(replica);
        LOG.info(
                "embedded scoring on 127.0.0.1:{} (gRPC) and http://127.0.0.1:{}",
                listening.grpcPort(),
                listening.httpPort());
    }

    private static ScoringServer listen(ScoringEngine engine, int port) {
        try {
            return new ScoringServer(engine, port, 0);
        } catch (IOException e) {
            throw new PermanentFailure(
                    "scoring.embedded-port is " + port + ", and " + e.getMessage()
                            + ": set another one, or end who has it",
                    e);
        }
    }

    @Override
    public void ticked(TickChanges changes) {
        if (replica != null) {
            replica.ticked(changes);
        }
    }

    @Override
    public void closed() {
        if (server != null) {
            server.close();
        }
        if (engine != null) {
            engine.close();
        }
        if (device != null) {
            device.close();
        }
    }
}
