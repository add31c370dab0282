/**
 * Commands that bring events into a log: the broker for trials, data sets sent to a topic, and events checked one by
 * one. The <em>log's clock</em> is the time that records are stamped with; a replay gives it its own start and rate.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.data;
