/** Commands that run the learner job on this machine, and the one that learns a log again to compare the bits. */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.learn;
