package io.freshet.job.source;

import io.freshet.job.config.JobConfig;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Rollbacks;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.Serializable;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a job that begins without a checkpoint reads the log from, if a rollback says from which snapshot.
 *
 * @param topic events
 * @param tick last tick of the snapshot
 * @param next first offset to read, of every partition
 */
public record StartingPoint(String topic, long tick, Map<Integer, Long> next) implements Serializable {
    /**
     * The point that a pending rollback names.
     *
     * @throws IllegalStateException if the log does not reach back to it
     */
    public static Optional<StartingPoint> of(JobConfig config, Collection<Integer> partitions) {
        SnapshotRepository repository = config.store().openRepository();
        Optional<Rollbacks.Pending> rollback = repository.rollbacks().pending();
        if (rollback.isEmpty()) {
            return Optional.empty();
        }
        Manifest manifest = repository.load(rollback.get().snapshot());
        StartingPoint point =
                new StartingPoint(config.topics().events(), manifest.tick(), behind(manifest.frontier(), partitions));
        point.requireWithin(config);
        return Optional.of(point);
    }

    /** First offset behind a frontier, of every partition. */
    public static Map<Integer, Long> behind(Map<Integer, Long> frontier, Collection<Integer> partitions) {
        Map<Integer, Long> next = new TreeMap<>();
        partitions.forEach(partition -> next.put(partition, frontier.getOrDefault(partition, -1L) + 1));
        return next;
    }

    private Map<TopicPartition, Long> byPartition() {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        next.forEach((partition, offset) -> offsets.put(new TopicPartition(topic, partition), offset));
        return offsets;
    }

    private void requireWithin(JobConfig config) {
        Map<TopicPartition, OffsetSpec> request = new HashMap<>();
        byPartition().keySet().forEach(partition -> request.put(partition, OffsetSpec.earliest()));
        try (Admin admin = Admin.create(config.kafka().client(Map.of()))) {
            Map<TopicPartition, ListOffsetsResultInfo> begins =
                    admin.listOffsets(request).all().get();
            byPartition().forEach((partition, offset) -> {
                ListOffsetsResultInfo begin = begins.get(partition);
                if (begin != null && begin.offset() > offset) {
                    throw new IllegalStateException("a rollback to tick " + tick + " reads " + partition
                            + " from offset " + offset + " on, but it begins at " + begin.offset()
                            + ": what the snapshot needs was deleted. Roll back to a newer snapshot");
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking for the beginning of " + topic, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the beginning of topic " + topic + " is not known", e.getCause());
        }
    }
}
