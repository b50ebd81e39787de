// SPDX-License-Identifier: GPL-2.0-only
/*
 * Live migration: the state machine of enum vfio_device_mig_state.
 *
 * The device does no DMA and raises no interrupt by itself, so that to stop it
 * takes nothing, and it is quiet towards its peers at all times.
 */
#include "bar.h"
#include "compat.h"
#include "lm.h"
#include "transfer.h"
#include "vfio_dev.h"

static void ivshmem_end_transfer_locked(struct ivshmem_device *dev)
{
	lockdep_assert_held(&dev->state_mutex);

	if (dev->transfer)
		ivshmem_transfer_end(dev->transfer);
	dev->transfer = NULL;
}

static void ivshmem_restart_locked(struct ivshmem_device *dev)
{
	ivshmem_end_transfer_locked(dev);
	ivshmem_bar_discard_load(dev);
	dev->mig_state = VFIO_DEVICE_STATE_RUNNING;
}

/*
 * Resets since the last call take effect here. Until then their only effect is
 * that the current transfer fails, because @resets has changed.
 */
static void ivshmem_state_lock(struct ivshmem_device *dev)
{
	int resets;

	mutex_lock(&dev->state_mutex);
	resets = atomic_read(&dev->resets);
	if (resets == dev->resets_seen)
		return;

	dev->resets_seen = resets;
	ivshmem_restart_locked(dev);
}

static void ivshmem_state_unlock(struct ivshmem_device *dev)
{
	mutex_unlock(&dev->state_mutex);
}

static struct file *ivshmem_begin_locked(struct ivshmem_device *dev,
					 enum ivshmem_transfer_kind kind)
{
	struct ivshmem_transfer *transfer = ivshmem_transfer_begin(dev, kind);

	if (IS_ERR(transfer))
		return ERR_CAST(transfer);

	dev->transfer = transfer;
	return get_file(transfer->file);
}

/* Checks that the loaded state is complete; if not, the device can only be reset. */
static struct file *ivshmem_finish_load_locked(struct ivshmem_device *dev)
{
	int ret = ivshmem_load_finish(dev->transfer);

	ivshmem_end_transfer_locked(dev);
	if (!ret)
		return NULL;

	dev->mig_state = VFIO_DEVICE_STATE_ERROR;
	return ERR_PTR(ret);
}

#define ARC(from, to) ((VFIO_DEVICE_STATE_##from) << 8 | (VFIO_DEVICE_STATE_##to))

/* Does one of the arcs that vfio_mig_get_next_state() requires a driver to implement. */
static struct file *ivshmem_step_locked(struct ivshmem_device *dev,
					enum vfio_device_mig_state next)
{
	switch (dev->mig_state << 8 | next) {
	case ARC(RUNNING, RUNNING_P2P):
	case ARC(RUNNING_P2P, RUNNING):
	case ARC(RUNNING_P2P, STOP):
	case ARC(STOP, RUNNING_P2P):
	case ARC(PRE_COPY, PRE_COPY_P2P):
	case ARC(PRE_COPY_P2P, PRE_COPY):
		return NULL;

	case ARC(RUNNING, PRE_COPY):
	case ARC(RUNNING_P2P, PRE_COPY_P2P):
		return ivshmem_begin_locked(dev, IVSHMEM_SAVE_RUNNING);

	case ARC(STOP, STOP_COPY):
		return ivshmem_begin_locked(dev, IVSHMEM_SAVE_STOPPED);

	case ARC(PRE_COPY_P2P, STOP_COPY):
		ivshmem_save_stopped(dev->transfer);
		return NULL;

	case ARC(PRE_COPY, RUNNING):
	case ARC(PRE_COPY_P2P, RUNNING_P2P):
	case ARC(STOP_COPY, STOP):
		ivshmem_end_transfer_locked(dev);
		return NULL;

	case ARC(STOP, RESUMING):
		return ivshmem_begin_locked(dev, IVSHMEM_LOAD);

	case ARC(RESUMING, STOP):
		return ivshmem_finish_load_locked(dev);
	}

	/* vfio_mig_get_next_state() returned an arc that this driver does not have. */
	WARN_ON(true);
	return ERR_PTR(-EINVAL);
}

static struct file *ivshmem_walk_locked(struct ivshmem_device *dev,
					enum vfio_device_mig_state target)
{
	enum vfio_device_mig_state next;
	struct file *file = NULL;
	int ret;

	/* vfio_mig_get_next_state() would warn about a state change from ERROR. */
	if (dev->mig_state == VFIO_DEVICE_STATE_ERROR)
		return ERR_PTR(-EIO);

	while (dev->mig_state != target) {
		ret = vfio_mig_get_next_state(&dev->core.vdev, dev->mig_state, target, &next);
		if (ret)
			return ERR_PTR(ret);

		/* Only the last arc of a sequence returns a file. */
		file = ivshmem_step_locked(dev, next);
		if (IS_ERR(file))
			return file;
		dev->mig_state = next;
	}
	return file;
}

static struct file *ivshmem_set_state(struct vfio_device *vdev,
				      enum vfio_device_mig_state target)
{
	struct ivshmem_device *dev = to_ivshmem(vdev);
	struct file *file;

	ivshmem_state_lock(dev);
	file = ivshmem_walk_locked(dev, target);
	ivshmem_state_unlock(dev);
	return file;
}

static int ivshmem_get_state(struct vfio_device *vdev, enum vfio_device_mig_state *state)
{
	struct ivshmem_device *dev = to_ivshmem(vdev);

	ivshmem_state_lock(dev);
	*state = dev->mig_state;
	ivshmem_state_unlock(dev);
	return 0;
}

#ifdef HAVE_MIG_DATA_SIZE
static int ivshmem_get_data_size(struct vfio_device *vdev, unsigned long *length)
{
	struct ivshmem_device *dev = to_ivshmem(vdev);

	ivshmem_state_lock(dev);
	*length = ivshmem_save_size(dev, dev->transfer);
	ivshmem_state_unlock(dev);
	return 0;
}
#endif

static const struct vfio_migration_ops ivshmem_mig_ops = {
	.migration_set_state		= ivshmem_set_state,
	.migration_get_state		= ivshmem_get_state,
#ifdef HAVE_MIG_DATA_SIZE
	.migration_get_data_size	= ivshmem_get_data_size,
#endif
};

void ivshmem_lm_init(struct ivshmem_device *dev)
{
	dev->core.vdev.migration_flags = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
					 VFIO_MIGRATION_PRE_COPY;
	dev->core.vdev.mig_ops = &ivshmem_mig_ops;
}

void ivshmem_lm_sync(struct ivshmem_device *dev)
{
	ivshmem_state_lock(dev);
	ivshmem_state_unlock(dev);
}

void ivshmem_lm_open(struct ivshmem_device *dev)
{
	mutex_lock(&dev->state_mutex);
	dev->resets_seen = atomic_read(&dev->resets);
	ivshmem_restart_locked(dev);
	mutex_unlock(&dev->state_mutex);
}

void ivshmem_lm_close(struct ivshmem_device *dev)
{
	mutex_lock(&dev->state_mutex);
	ivshmem_restart_locked(dev);
	mutex_unlock(&dev->state_mutex);
}
