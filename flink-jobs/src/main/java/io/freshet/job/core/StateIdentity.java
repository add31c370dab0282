package io.freshet.job.core;

import io.freshet.store.feed.LogId;
import io.freshet.store.snapshot.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a state was made from and cannot be changed under it: the topic and its id, the tick length, the layout of the
 * store, the shape of the model, the key of its ids. It stands in the properties of every snapshot.
 */
public final class StateIdentity {
    /** Properties of snapshots that belong to it begin with this. */
    public static final String PREFIX = "made-from.";

    /** Name of the entry with the log's id. */
    public static final String LOG = "log-id";

    private final Map<String, String> entries;

    /** @param entries values by the configuration's key, or by {@link #LOG} */
    public StateIdentity(Map<String, String> entries) {
        this.entries = new TreeMap<>(entries);
    }

    /** As properties of a snapshot. */
    public Map<String, String> toProperties() {
        Map<String, String> properties = new TreeMap<>();
        entries.forEach((key, value) -> properties.put(PREFIX + key, value));
        return properties;
    }

    /** The log. */
    public LogId log() {
        return LogId.of(entries.getOrDefault(LOG, ""));
    }

    /** Whether a snapshot was learned from another log. */
    public boolean isOfAnotherLog(Map<String, String> properties) {
        String before = properties.get(PREFIX + LOG);
        return before != null && !before.equals(entries.getOrDefault(LOG, before));
    }

    /** Property of a snapshot that says of which former log its frontier still is: none of this one was learned yet. */
    static String formerLog(long tick) {
        return LearnerCore.ACCEPTED + tick + ".log";
    }

    /** Whether a snapshot's frontier says nothing of this log: it counts the offsets of another one. */
    public boolean hasFrontierOfAnotherLog(Manifest snapshot) {
        return isOfAnotherLog(snapshot.properties()) || snapshot.properties().containsKey(formerLog(snapshot.tick()));
    }

    /**
     * Compares with a snapshot's properties; entries that the snapshot does not have are not compared.
     *
     * @param what whose properties they are, for the message
     * @param otherLog whether another log is accepted
     * @throws PermanentFailure naming every difference with both values, and the way out
     */
    public void require(String what, Map<String, String> properties, boolean otherLog) {
        List<String> differences = new ArrayList<>();
        entries.forEach((key, now) -> {
            String before = properties.get(PREFIX + key);
            if (before != null && !before.equals(now) && !(otherLog && key.equals(LOG))) {
                differences.add(describe(key, before, now));
            }
        });
        if (!differences.isEmpty()) {
            throw new PermanentFailure(what + " was made from something else than what is configured now: "
                    + String.join("; ", differences)
                    + ". Set the old values again, or begin with an empty state: another store.repository (or work"
                    + " directory) and no checkpoint");
        }
    }

    private static String describe(String key, String before, String now) {
        return key.equals(LOG)
                ? "the log had the id " + before + " and has " + now + " (a topic that was made again, or another"
                        + " cluster; start.accept=other-topic goes on with it)"
                : "freshet." + key + " was " + before + " and is " + now;
    }
}
