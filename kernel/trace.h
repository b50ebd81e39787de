/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM driver_flavour

#if !defined(FLAVOUR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define FLAVOUR_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

TRACE_EVENT(flavour_set,
	    TP_PROTO(struct device *dev, const char *from, const char *to, int ret),
	    TP_ARGS(dev, from, to, ret),
	    TP_STRUCT__entry(__string(dev, dev_name(dev))
			     __string(from, from)
			     __string(to, to)
			     __field(int, ret)),
	    TP_fast_assign(flavour_assign_str(dev, dev_name(dev));
			   flavour_assign_str(from, from);
			   flavour_assign_str(to, to);
			   __entry->ret = ret;),
	    TP_printk("%s: from %s to %s: %d", __get_str(dev), __get_str(from),
		      __get_str(to), __entry->ret)
);

TRACE_EVENT(flavour_loader,
	    TP_PROTO(const char *alias, int ret),
	    TP_ARGS(alias, ret),
	    TP_STRUCT__entry(__string(alias, alias)
			     __field(int, ret)),
	    TP_fast_assign(flavour_assign_str(alias, alias);
			   __entry->ret = ret;),
	    TP_printk("%s: %d", __get_str(alias), __entry->ret)
);

DECLARE_EVENT_CLASS(flavour_driver,
		    TP_PROTO(struct device *dev, const char *driver, int ret),
		    TP_ARGS(dev, driver, ret),
		    TP_STRUCT__entry(__string(dev, dev_name(dev))
				     __string(driver, driver)
				     __field(int, ret)),
		    TP_fast_assign(flavour_assign_str(dev, dev_name(dev));
				   flavour_assign_str(driver, driver);
				   __entry->ret = ret;),
		    TP_printk("%s: %s: %d", __get_str(dev), __get_str(driver),
			      __entry->ret)
);

/* The rank is the driver's for the device, see rank.h: smaller is better. */
TRACE_EVENT(flavour_candidate,
	    TP_PROTO(struct device *dev, const char *driver, unsigned int rank),
	    TP_ARGS(dev, driver, rank),
	    TP_STRUCT__entry(__string(dev, dev_name(dev))
			     __string(driver, driver)
			     __field(unsigned int, rank)),
	    TP_fast_assign(flavour_assign_str(dev, dev_name(dev));
			   flavour_assign_str(driver, driver);
			   __entry->rank = rank;),
	    TP_printk("%s: %s: %u", __get_str(dev), __get_str(driver), __entry->rank)
);

TRACE_EVENT(flavour_unlisted,
	    TP_PROTO(struct device *dev, const char *driver),
	    TP_ARGS(dev, driver),
	    TP_STRUCT__entry(__string(dev, dev_name(dev))
			     __string(driver, driver)),
	    TP_fast_assign(flavour_assign_str(dev, dev_name(dev));
			   flavour_assign_str(driver, driver);),
	    TP_printk("%s: %s", __get_str(dev), __get_str(driver))
);

TRACE_EVENT(flavour_rule,
	    TP_PROTO(struct device *dev, const char *rule, const char *flavour),
	    TP_ARGS(dev, rule, flavour),
	    TP_STRUCT__entry(__string(dev, dev_name(dev))
			     __string(rule, rule)
			     __string(flavour, flavour)),
	    TP_fast_assign(flavour_assign_str(dev, dev_name(dev));
			   flavour_assign_str(rule, rule);
			   flavour_assign_str(flavour, flavour);),
	    TP_printk("%s: %s: %s", __get_str(dev), __get_str(rule), __get_str(flavour))
);

DEFINE_EVENT(flavour_driver, flavour_bind,
	     TP_PROTO(struct device *dev, const char *driver, int ret),
	     TP_ARGS(dev, driver, ret)
);

DEFINE_EVENT(flavour_driver, flavour_put_back,
	     TP_PROTO(struct device *dev, const char *driver, int ret),
	     TP_ARGS(dev, driver, ret)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
