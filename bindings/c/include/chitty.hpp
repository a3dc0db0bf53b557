// The Chitty SDK for C++17: headers over chitty.h, one per subject.
//
// Objects are move-only and release themselves. Every call returns a Result: look at it, or take
// value(), which throws Exception (and aborts where exceptions are switched off). Parts of the app
// derive from the interfaces of parts.hpp, keys.hpp and store.hpp; what they throw is caught at the border.
#ifndef CHITTY_HPP
#define CHITTY_HPP

#include "chitty.h"
#include "chitty/client.hpp"
#include "chitty/error.hpp"
#include "chitty/ids.hpp"
#include "chitty/issued.hpp"
#include "chitty/keys.hpp"
#include "chitty/parts.hpp"
#include "chitty/request.hpp"
#include "chitty/site.hpp"
#include "chitty/store.hpp"
#include "chitty/wallet.hpp"

#endif  // CHITTY_HPP
