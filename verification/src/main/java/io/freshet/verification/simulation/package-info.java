/**
 * Thousands of small schedules of the product's own cores in one process. <em>Actors</em> take turns, one step at a
 * time; a <em>schedule</em> is who steps when and what goes wrong when, a function of a seed; time is a counter. What
 * blocks in the product pauses its <em>fiber</em> here.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.simulation;
