/** What several model families share: the pre-norm decoder and builders of its parts. */
package dev.rapt.model.parts;
