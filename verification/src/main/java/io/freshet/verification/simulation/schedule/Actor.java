package io.freshet.verification.simulation.schedule;

/** Something that goes on in steps; between two steps anything else may happen. */
public interface Actor {
    /** Name in traces; the part before the first blank is its kind. */
    String name();

    /** Whether a step would do something now. */
    boolean ready();

    /** Does the next thing. */
    void step();

    /** Fake time before which nothing is to be done. */
    default long notBefore() {
        return 0;
    }

    /** What has to happen before it is ready, for a person. */
    default String waitsFor() {
        return "nothing: it has nothing to do";
    }
}
