/**
 * SASRec (arXiv 1808.09781), the encoder that the engine's own is compared with. No learner or scorer uses it. Shapes
 * are in the symbols of {@code io.freshet.model}.
 */
@NullMarked
package io.freshet.model.sasrec;

import org.jspecify.annotations.NullMarked;
