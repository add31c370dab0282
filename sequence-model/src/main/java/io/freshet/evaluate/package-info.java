/**
 * Evaluation of models by the field's protocols, always by full ranking: leave-one-out and temporal splits of user
 * sequences, trained in epochs, and the metrics that all of them share.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.evaluate;
