package io.freshet.store;

/** A row after a tick, with its optimizer state. */
public record RowChange(ItemRow row, OptimizerState optimizerState) {}
