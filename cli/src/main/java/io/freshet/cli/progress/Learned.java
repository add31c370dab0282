package io.freshet.cli.progress;

import io.freshet.job.LearnerExtension;
import io.freshet.job.config.JobConfig;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;
import java.lang.management.ManagementFactory;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import javax.management.Attribute;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says over JMX what the learner in this JVM has learned; a command that runs one asks for it there. */
public final class Learned implements LearnedMBean, LearnerExtension {
    private static final Logger LOG = LoggerFactory.getLogger(Learned.class);

    /** One reading. */
    public record Reading(long incarnation, long tick, Map<Integer, Long> frontier) {}

    private volatile Reading now = new Reading(0, -1, Map.of());
    private @Nullable ObjectName name;

    private static ObjectName name(String repository) throws JMException {
        return new ObjectName(
                "io.freshet", new Hashtable<>(Map.of("type", "learner", "repository", ObjectName.quote(repository))));
    }

    /** What the learner of a repository has learned; empty if none runs in this JVM. */
    public static Optional<Reading> of(String repository) {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName learner = name(repository);
            if (!beans.isRegistered(learner)) {
                return Optional.empty();
            }
            Map<String, Object> values = new TreeMap<>();
            for (Attribute one : beans.getAttributes(learner, new String[] {"Incarnation", "Tick", "Frontier"})
                    .asList()) {
                values.put(one.getName(), one.getValue());
            }
            return values.size() < 3
                    ? Optional.empty()
                    : Optional.of(new Reading(
                            (Long) Objects.requireNonNull(values.get("Incarnation")),
                            (Long) Objects.requireNonNull(values.get("Tick")),
                            frontier(values)));
        } catch (JMException e) {
            // It ended between the two questions.
            return Optional.empty();
        }
    }

    private static Map<Integer, Long> frontier(Map<String, Object> values) {
        Map<Integer, Long> frontier = new TreeMap<>();
        if (values.get("Frontier") instanceof Map<?, ?> all) {
            all.forEach((partition, offset) -> frontier.put((Integer) partition, (Long) offset));
        }
        return frontier;
    }

    @Override
    public void opened(JobConfig config, EmbeddingStore store, long incarnation) {
        now = new Reading(incarnation, store.tick(), new TreeMap<>(store.frontier()));
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName mine = name(config.store().repository());
            if (beans.isRegistered(mine)) {
                beans.unregisterMBean(mine);
            }
            beans.registerMBean(new StandardMBean(this, LearnedMBean.class), mine);
            name = mine;
        } catch (JMException e) {
            LOG.warn("progress cannot be shown over JMX: {}", e.getMessage());
        }
    }

    @Override
    public void ticked(TickChanges changes) {
        now = new Reading(now.incarnation(), changes.tick(), new TreeMap<>(changes.frontier()));
    }

    @Override
    public void closed() {
        if (name != null) {
            try {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
            } catch (JMException e) {
                LOG.warn("{} was not there any more", List.of(name), e);
            }
        }
    }

    @Override
    public long getIncarnation() {
        return now.incarnation();
    }

    @Override
    public long getTick() {
        return now.tick();
    }

    @Override
    public Map<Integer, Long> getFrontier() {
        return now.frontier();
    }
}
