/**
 * Evaluation on a stream: every event ranked in the whole catalogue before anybody learns from it (prequential), by the
 * model as it learns, by the model kept back in several ways, and by the baselines of the field, all in one pass. A
 * <em>period</em> is a stretch of the stream, a day as a rule, after which some of them are updated or trained anew.
 */
@NullMarked
package io.freshet.evaluate.stream;

import org.jspecify.annotations.NullMarked;
