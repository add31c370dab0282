package io.freshet.schema;

/** Default names of topics, and of the headers that the engine writes. */
public final class Topics {
    /** Behaviour events, key: user id. */
    public static final String BEHAVIOUR = "freshet.behaviour.v1";
    /** The learner's change feed, key: lane. */
    public static final String CHANGES = "freshet.changes.v1";
    /** Prequential points, key: metric. */
    public static final String QUALITY = "freshet.quality.v1";
    /** Behind a topic's name: its dead letters. */
    public static final String DEAD_LETTERS = ".dlq";

    /**
     * Header of a record without a value that carries nothing but its timestamp: it moves its partition's clock. For
     * producers that stamp records themselves, so that ticks close without a pause of the wall clock.
     */
    public static final String HEARTBEAT = "freshet.heartbeat";

    private Topics() {}
}
