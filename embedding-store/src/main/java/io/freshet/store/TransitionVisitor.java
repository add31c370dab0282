package io.freshet.store;

/** Takes transition rows with the lanes that they stand in. */
@FunctionalInterface
public interface TransitionVisitor {
    /** Takes one. */
    void visit(int lane, TransitionRow row);
}
