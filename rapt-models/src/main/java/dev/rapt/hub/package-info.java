/**
 * Models from the Hugging Face hub, in the cache that the Python library {@code huggingface_hub}
 * uses, too: what one of them has downloaded the other finds.
 */
package dev.rapt.hub;
