package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.junit.jupiter.api.Test;

/** Every partition reaches the one reader once: at the start, when it is added, and when its reader was lost. */
class EventLogEnumeratorTest {
    private final Context context = new Context();
    private final AtomicInteger closed = new AtomicInteger();
    private Callable<Set<Integer>> discovery = () -> Set.of(0, 1);

    /** Flink's side: readers that registered, what they were assigned, and calls that are due when a test says so. */
    private static final class Context implements SplitEnumeratorContext<LogSplit> {
        final Map<Integer, ReaderInfo> readers = new TreeMap<>();
        final List<String> assigned = new ArrayList<>();
        Runnable periodic = () -> {
            throw new AssertionError("nothing is called again and again");
        };

        @Override
        public SplitEnumeratorMetricGroup metricGroup() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void sendEventToSourceReader(int subtask, SourceEvent event) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int currentParallelism() {
            return 1;
        }

        @Override
        public Map<Integer, ReaderInfo> registeredReaders() {
            return readers;
        }

        @Override
        public void assignSplits(SplitsAssignment<LogSplit> splits) {
            splits.assignment().forEach((reader, list) -> {
                if (!readers.containsKey(reader)) {
                    throw new AssertionError("reader " + reader + " is not there");
                }
                list.forEach(split -> assigned.add(split.partition() + "@" + split.position()));
            });
        }

        @Override
        public void signalNoMoreSplits(int subtask) {
            throw new AssertionError("there may always be more");
        }

        @Override
        public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        @SuppressWarnings("NullAway") // Flink gives one of the two.
        public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler, long delay, long period) {
            periodic = () -> {
                T value;
                try {
                    value = callable.call();
                } catch (Exception e) {
                    handler.accept(null, e);
                    return;
                }
                handler.accept(value, null);
            };
        }

        @Override
        public void runInCoordinatorThread(Runnable runnable) {
            runnable.run();
        }

        void register() {
            readers.put(0, new ReaderInfo(0, "here"));
        }
    }

    private EventLogEnumerator enumerator(Map<Integer, Long> positions, long afterTick, Integer... assigned) {
        LogStart start = new LogStart("events", "id-a", Set.of(0, 1), positions, afterTick);
        EventLogEnumerator made = new EventLogEnumerator(
                context,
                start,
                assigned.length == 0 ? null : new AssignedPartitions(Set.of(assigned)),
                () -> discovery.call(),
                closed::incrementAndGet);
        made.start();
        return made;
    }

    @Test
    void theReaderGetsAllPartitionsWhenItComes() {
        EventLogEnumerator enumerator = enumerator(Map.of(), -1);
        assertThat(context.assigned).isEmpty();
        assertThat(enumerator.snapshotState(1).partitions())
                .as("nobody has them yet")
                .isEmpty();
        context.register();
        enumerator.addReader(0);
        assertThat(context.assigned).containsExactly("0@-1", "1@-1");
        enumerator.addReader(0);
        context.periodic.run();
        assertThat(context.assigned).as("each once").hasSize(2);
        assertThat(enumerator.snapshotState(2).partitions()).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void partitionsThatAreAddedAreFoundAndReadFromTheirBeginning() {
        EventLogEnumerator enumerator = enumerator(Map.of(0, 7L, 1, 3L), 4);
        context.register();
        enumerator.addReader(0);
        assertThat(context.assigned).containsExactly("0@7", "1@3");
        discovery = () -> Set.of(0, 1, 2);
        context.periodic.run();
        assertThat(context.assigned).containsExactly("0@7", "1@3", "2@-1");
        assertThat(enumerator.snapshotState(1).partitions()).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void aDiscoveryThatFailsIsMadeUpLater() {
        EventLogEnumerator enumerator = enumerator(Map.of(), -1);
        context.register();
        enumerator.addReader(0);
        discovery = () -> {
            throw new IOException("planted: no broker");
        };
        context.periodic.run();
        context.periodic.run();
        discovery = () -> Set.of(0, 1, 5);
        context.periodic.run();
        assertThat(context.assigned).containsExactly("0@-1", "1@-1", "5@-1");
    }

    @Test
    void whatALostReaderHadGoesToTheNextAsItWas() {
        EventLogEnumerator enumerator = enumerator(Map.of(), -1);
        context.register();
        enumerator.addReader(0);
        context.readers.clear();
        context.assigned.clear();
        enumerator.addSplitsBack(List.of(LogSplit.fresh(1, 42, -1)), 0);
        assertThat(context.assigned).isEmpty();
        assertThat(enumerator.snapshotState(3).partitions())
                .as("one that waits is no reader's")
                .containsExactly(0);
        context.register();
        enumerator.addReader(0);
        assertThat(context.assigned).containsExactly("1@42");
    }

    @Test
    void aRestoredOneAssignsOnlyWhatNoReaderHad() {
        EventLogEnumerator enumerator = enumerator(Map.of(), -1, 0);
        context.register();
        enumerator.addReader(0);
        assertThat(context.assigned).isEmpty();
        context.periodic.run();
        assertThat(context.assigned).containsExactly("1@-1");
    }

    @Test
    void aSourceOfAnyOtherKindOfCallIsLeftAloneAndTheClientIsClosed() {
        EventLogEnumerator enumerator = enumerator(Map.of(), -1);
        enumerator.handleSplitRequest(0, "here");
        assertThat(context.assigned).isEmpty();
        enumerator.close();
        assertThat(closed).hasValue(1);
        EventLogEnumerator failing = new EventLogEnumerator(
                context, new LogStart("events", "id-a", Set.of(0), Map.of(), -1), null, () -> Set.of(0), () -> {
                    throw new IOException("planted");
                });
        assertThatCode(failing::close).doesNotThrowAnyException();
    }

    @Test
    void itsCheckpointKeepsItsBytesAndRefusesOthers() throws IOException {
        AssignedPartitions.Serializer serializer = new AssignedPartitions.Serializer();
        AssignedPartitions some = new AssignedPartitions(new TreeSet<>(Set.of(3, 1, 200)));
        byte[] bytes = serializer.serialize(some);
        assertThat(serializer.deserialize(1, bytes)).isEqualTo(some);
        assertThatThrownBy(() -> serializer.deserialize(2, bytes)).hasMessageContaining("format 2");
        assertThatThrownBy(() -> serializer.deserialize(1, new byte[5])).hasMessageContaining("5 bytes");
    }
}
