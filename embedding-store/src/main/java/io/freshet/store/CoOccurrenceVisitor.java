package io.freshet.store;

/** Takes co-occurrence rows with the lanes that they stand in. */
@FunctionalInterface
public interface CoOccurrenceVisitor {
    /** Takes one. */
    void visit(int lane, CoOccurrenceRow row);
}
