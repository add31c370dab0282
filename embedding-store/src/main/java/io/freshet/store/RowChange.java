package io.freshet.store;

/** A row after a tick, with its slot. */
public record RowChange(ItemRow row, RowSlot slot) {}
