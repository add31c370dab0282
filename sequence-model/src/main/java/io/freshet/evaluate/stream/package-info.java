/**
 * Evaluation on a stream: every event ranked in the whole catalogue before anybody learns from it, by the model as it
 * learns, by the model kept back in several ways, and by the baselines of the field, all in one pass.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.evaluate.stream;
