package io.freshet.job.source;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds partitions, those that are added while the job runs too, and gives them all to the one reader. */
final class EventLogEnumerator implements SplitEnumerator<LogSplit, AssignedPartitions> {
    private static final Logger LOG = LoggerFactory.getLogger(EventLogEnumerator.class);
    private static final long INTERVAL_MILLIS = 1000;
    private static final int READER = 0;

    private final SplitEnumeratorContext<LogSplit> context;
    private final LogStart start;
    private final Callable<Set<Integer>> discovery;
    private final AutoCloseable discoverer;
    private final Set<Integer> discovered = new TreeSet<>();
    /** Splits that no reader has yet. */
    private final Map<Integer, LogSplit> waiting = new TreeMap<>();

    private boolean failing;

    /**
     * An enumerator.
     *
     * @param assigned partitions that readers had in the checkpoint; null if there is none
     * @param discovery asks for the topic's partitions, on a thread of its own
     * @param discoverer closed with the enumerator
     */
    EventLogEnumerator(
            SplitEnumeratorContext<LogSplit> context,
            LogStart start,
            @Nullable AssignedPartitions assigned,
            Callable<Set<Integer>> discovery,
            AutoCloseable discoverer) {
        this.context = context;
        this.start = start;
        this.discovery = discovery;
        this.discoverer = discoverer;
        if (assigned != null) {
            discovered.addAll(assigned.partitions());
        }
    }

    @Override
    public void start() {
        if (discovered.isEmpty()) {
            // What the job was submitted with: nothing waits for the first discovery.
            found(start.partitions(), null);
        }
        context.callAsync(discovery, this::found, INTERVAL_MILLIS, INTERVAL_MILLIS);
    }

    private void found(@Nullable Set<Integer> partitions, @Nullable Throwable failure) {
        if (failure != null || partitions == null) {
            if (!failing) {
                LOG.warn(
                        "the partitions of {} cannot be asked for, new ones are found later: {}",
                        start.topic(),
                        String.valueOf(failure));
            }
            failing = true;
            return;
        }
        failing = false;
        discovered.retainAll(partitions);
        for (int partition : new TreeSet<>(partitions)) {
            if (discovered.add(partition)) {
                long position = start.positions().getOrDefault(partition, LogSplit.BEGINNING);
                long after = start.positions().containsKey(partition) ? start.afterTick() : -1;
                waiting.put(partition, LogSplit.fresh(partition, position, after));
                LOG.info(
                        "partition {} of {} is read from its {}",
                        partition,
                        start.topic(),
                        position < 0 ? "beginning" : "offset " + position);
            }
        }
        assign();
    }

    private void assign() {
        if (!waiting.isEmpty() && context.registeredReaders().containsKey(READER)) {
            context.assignSplits(new SplitsAssignment<>(Map.of(READER, List.copyOf(waiting.values()))));
            waiting.clear();
        }
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        // The reader never asks: it is given what there is.
    }

    @Override
    public void addSplitsBack(List<LogSplit> splits, int subtask) {
        splits.forEach(split -> waiting.put(split.partition(), split));
        assign();
    }

    @Override
    public void addReader(int subtask) {
        assign();
    }

    @Override
    public AssignedPartitions snapshotState(long checkpoint) {
        Set<Integer> assigned = new TreeSet<>(discovered);
        Collection<Integer> mine = new ArrayList<>(waiting.keySet());
        assigned.removeAll(mine);
        return new AssignedPartitions(assigned);
    }

    @Override
    public void close() {
        try {
            discoverer.close();
        } catch (Exception e) {
            LOG.warn("the client that looks for partitions of {} could not be closed", start.topic(), e);
        }
    }
}
