/**
 * What a schedule is made of: <em>actors</em> that take turns, one step at a time; <em>fibers</em> that pause where the
 * product blocks; <em>faults</em> and planted bugs; and the <em>environment</em> that they share.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.simulation.schedule;
