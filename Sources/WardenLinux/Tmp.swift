import WardenModel
extension AccessList { init?(attribute: [UInt8]) { return nil } }
